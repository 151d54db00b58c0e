// What the examples in docstrings take for granted: a client, what is made of it, and an app around them.
import type * as Core from '@watchword/client'
import type { AccessKeys } from '@watchword/client/access-keys'
import type { Account } from '@watchword/client/account'
import type { Admin } from '@watchword/client/admin'
import type { UserEvents } from '@watchword/client/events'
import type { Passkeys } from '@watchword/client/passkeys'
import type * as PopupEntry from '@watchword/client/popup'
import type * as ServerEntry from '@watchword/client/server'
import type { Sso } from '@watchword/client/sso'
import type * as WalletsEntry from '@watchword/client/wallets'
import type * as ReactEntry from '@watchword/react'
import type { ReactElement } from 'react'

interface ExpressApp {
  use(path: string, handler: ReturnType<typeof ServerEntry.expressGuard>): void
}
interface HonoApp {
  use(path: string, handler: ReturnType<typeof ServerEntry.honoGuard>): void
}
interface HonoHere extends ServerEntry.HonoContext {
  get(name: 'auth'): Core.VerifiedToken
  json(body: object): Response
}
type Here = HonoHere & ServerEntry.NodeRequest
type ExpressAnswer = ServerEntry.NodeResponse & { json(body: object): void }

declare global {
  const auth: Core.Client
  const attempt: Core.Attempt
  const account: Account
  const accessKeys: AccessKeys
  const admin: Admin
  const events: UserEvents
  const passkeys: Passkeys
  const popup: ReturnType<typeof PopupEntry.createPopup<false>>
  const server: ServerEntry.ServerAuth
  const service: ReactEntry.AuthService
  const sso: Sso
  const wallets: WalletsEntry.Wallets
  const wallet: WalletsEntry.Wallet

  const url: string
  const link: string
  const id: string
  const email: string
  const password: string
  const code: string
  const token: string
  const idToken: string
  const nonce: string
  const refreshToken: string
  const secretKey: string
  const clientId: string
  const clientSecret: string
  const request: Request
  const cookies: ServerEntry.RequestCookies & (() => Promise<ServerEntry.NextCookieStore>)
  const AsyncStorage: Core.AsyncStorageLike
  type SvelteEvent = ServerEntry.SvelteEvent
  /** Express or Hono, as an example needs it. */
  const app: ExpressApp & HonoApp & { get(path: string, handler: (here: Here, answer: ExpressAnswer) => unknown): void }
  const button: HTMLButtonElement

  function App(): ReactElement
  function navigate(path: string): void
  function show(...things: unknown[]): void
  function showDialog(attempt: Core.Attempt): Promise<void>
  function ask(question: string | Core.Step): Promise<string>
  interface Window {
    ethereum: WalletsEntry.EthereumProvider
    solana: WalletsEntry.SolanaProvider
  }
}
