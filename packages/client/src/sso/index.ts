export { createSso, type Organisation, type Sso, type SsoSignIn } from './create-sso.ts'
