import { createServerAuth } from '@watchword/client/server'

const app = process.env.APP_URL ?? 'http://localhost:3002'

/** Made once: requests that come at the same time then renew a session once. */
export const watchword = createServerAuth({
  url: process.env.WATCHWORD_URL ?? 'http://localhost:8787',
  redirectTo: `${app}/return`,
})
