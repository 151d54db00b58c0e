import type { Provider } from '../provider.ts'
import { slackOidc } from './slack-oidc.ts'

/** The older name: apps are no longer made for the product it stood for, and people have the same ids in the new one. */
export const slack: Provider = { ...slackOidc, id: 'slack' }
