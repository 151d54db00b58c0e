export { createSso, type Sso, type SsoSignIn } from './create-sso.ts'
export type { Organisation } from './sso-address.ts'
