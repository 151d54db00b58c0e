import type {
  AuditEventPage,
  ChangeEmail,
  ChangePhone,
  Elevate,
  Identity,
  PublicSettings,
  Recovery,
  Session,
  SessionPage,
  SetPassword,
  SignInWithCode,
  SignInWithIdToken,
  SignInWithPassword,
  SignUpAnonymously,
  SignUpWithPassword,
  UpdateMe,
  User,
} from './api/types.ts'
import type { Attempt, Outcome } from './attempt/attempt.ts'
import type { Reply } from './base/result.ts'
import type { AuthChange, AuthState, SignedIn } from './session/auth-state.ts'
import type { SessionStorage } from './session/session-storage.ts'
import type { TokenUser } from './verify/verified-token.ts'

/** How a client is made. */
export interface ClientOptions<Throws extends boolean = false> {
  /** Where the server is reached, such as `https://auth.example.com`. */
  readonly url: string
  /** The publishable key, `wwp_…`. Needed only where the server asks for it. */
  readonly key?: string
  /** `cookie`: tokens live in cookies that no script can read, for apps on the server's own site. Default `token`. */
  readonly mode?: 'token' | 'cookie'
  /** Default: local storage in browsers, else memory. */
  readonly storage?: SessionStorage
  /** Where mailed links lead back to, unless a call says otherwise. Must be on the server's list. */
  readonly redirectTo?: string
  /** Language of messages and mails (BCP 47). Default: the user's, else the browser's. */
  readonly locale?: string
  /**
   * Solves a captcha, for a server that asks for one: called for each sign-up, sign-in and recovery.
   * Which widget to show stands in the server's `/v1/settings`.
   */
  readonly captcha?: () => Promise<string>
  /**
   * Called where something sensitive was refused until whoever is signed in proves once more who it is, or with a second
   * factor. Lead them through the attempt; when the promise is kept, the refused call is sent once more. Of calls refused at
   * the same time one asks, and calls made meanwhile do not ask. Default: such a call is answered with
   * `reauthentication_needed` or `insufficient_aal`.
   * @throws what it throws, the refused call throws; an {@link AuthError} becomes that call's `error`
   * @example
   * const auth = createClient({ url, onElevationNeeded: (attempt) => showDialog(attempt) })
   */
  onElevationNeeded?(attempt: Attempt<Throws>): Promise<void>
  /** In place of the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch
  /** Take `?code=` of flows this browser began from the page's address. Default true. */
  readonly handleRedirect?: boolean
  /** Further origins that `auth.fetch` sends the access token to, beside the page's and the server's own. */
  readonly sendTokenTo?: readonly string[]
  /** `iss` of access tokens. Default: what the server's discovery document says. */
  readonly issuer?: string
  /** `aud` of access tokens. Default `authenticated`. */
  readonly audience?: string
  /** The claim that holds roles, as `tokens.hasura.namespace` of the server. Default `https://hasura.io/jwt/claims`. */
  readonly hasuraNamespace?: string
  /** Refusals are thrown, and `data` is never null. Default false. */
  readonly throwOnError?: boolean
}

/** Fields that the client fills in by itself. */
type Own = 'codeChallenge' | 'state'

/** How to sign in with an account elsewhere. */
export interface ProviderInput {
  /** `redirect` leaves this page for the provider's; `url` only tells the address. Default `redirect`. */
  readonly mode?: 'redirect' | 'url'
  /** Where to come back to; must be on the server's list. Default: the client's, else this page without its query. */
  readonly redirectTo?: string
  /**
   * How to come back: to the page itself, or from a second window with a message to the one that opened it,
   * `{ type: 'watchword', state, code }`, for {@link Client.handleRedirect}. Default `page`.
   */
  readonly display?: 'page' | 'message'
  /** Separated by spaces. Those the server does not allow are left out. */
  readonly scopes?: string
  /** The account to offer there, mostly an address. */
  readonly loginHint?: string
  /** Such as `select_account` or `consent`. */
  readonly prompt?: string
  /** Ask for a token that lets the app act while nobody is there. */
  readonly offline?: boolean
  /** False: only those who have an account already. Default true. */
  readonly createUser?: boolean
}

/** A page of a list. */
export interface PageInput {
  /** 1 to 200; default 50. */
  readonly limit?: number
  /** `nextCursor` of the page before. */
  readonly cursor?: string
}

/** Who is signed in. `local` means: genuine within the token's life; only the server knows of a sign-out since. */
export type VerifiedUser =
  | { readonly user: TokenUser; readonly aal: 'aal1' | 'aal2'; readonly sessionId: string; readonly verified: 'local' }
  | { readonly user: User; readonly aal: 'aal1' | 'aal2'; readonly sessionId: string; readonly verified: 'server' }

/** The account of whoever is signed in. */
export interface Me<Throws extends boolean> {
  /**
   * Changes the profile; `metadata` is merged by its top-level keys, and `null` clears.
   * @example
   * await auth.me.update({ displayName: 'Ada', metadata: { theme: 'dark' } })
   */
  update(input: UpdateMe): Reply<User, Throws>
  /**
   * Sets a password. Needs the current one or a recent proof; other sessions end.
   * @example
   * await auth.me.setPassword({ password: 'eight calm herons', currentPassword: password })
   */
  setPassword(input: SetPassword): Reply<User, Throws>
  /**
   * Takes the password away, where there is another way in. Needs a recent proof.
   * @example
   * await auth.me.removePassword()
   */
  removePassword(): Reply<User, Throws>
  /**
   * Begins a change of e-mail: a code to the new address, then one to the old. A guest gets a first address.
   * @example
   * const { data } = await auth.me.changeEmail({ email: 'ada@new.example.test' })
   */
  changeEmail(input: Omit<ChangeEmail, Own>): Reply<Outcome<Throws>, Throws>
  /**
   * Begins a change of phone number: a code to the new one.
   * @example
   * const { data } = await auth.me.changePhone({ phone: '+12025550100' })
   * if (data?.status === 'pending') await data.attempt.answer({ code: await ask('The code, please') })
   */
  changePhone(input: ChangePhone): Reply<Outcome<Throws>, Throws>
  /**
   * Takes the phone number away, where there is another way in. Needs a recent proof.
   * @example
   * await auth.me.removePhone()
   */
  removePhone(): Reply<User, Throws>
  /**
   * What happened to the account, newest first.
   * @example
   * const { data } = await auth.me.activity({ limit: 10 })
   */
  activity(input?: PageInput & { readonly action?: string }): Reply<AuditEventPage, Throws>
  /**
   * Deletes the account. Needs a recent proof.
   * @example
   * const { error } = await auth.me.delete()
   * if (error?.code === 'reauthentication_needed') await auth.elevate()
   */
  delete(): Reply<null, Throws>
}

/** The signed-in devices. */
export interface Sessions<Throws extends boolean> {
  /**
   * Last used first.
   * @example
   * const { data } = await auth.sessions.list()
   * for (const session of data?.items ?? []) show(session.device.name)
   */
  list(input?: PageInput): Reply<SessionPage, Throws>
  /**
   * This one.
   * @example
   * const { data } = await auth.sessions.current()
   * show(data?.aal)
   */
  current(): Reply<Session, Throws>
  /**
   * Ends one.
   * @example
   * await auth.sessions.revoke(id)
   */
  revoke(id: string): Reply<null, Throws>
  /**
   * Ends all but this one.
   * @example
   * await auth.sessions.revokeOthers()
   */
  revokeOthers(): Reply<null, Throws>
}

/** Accounts elsewhere that may sign in here. */
export interface Identities<Throws extends boolean> {
  /**
   * All of them.
   * @example
   * const { data } = await auth.identities.list()
   * for (const { provider, email } of data ?? []) show(provider, email)
   */
  list(): Reply<Identity[], Throws>
}

/**
 * Signs people in and keeps them signed in: in all tabs, over reloads, and whatever the network does.
 * @typeParam Throws whether it was made with `throwOnError`
 */
export interface Client<Throws extends boolean = false> {
  /**
   * Signs up with a password. While addresses are confirmed, a code is mailed first.
   * @example
   * const { data, error } = await auth.signUp({ email: 'new@example.test', password: 'seven quiet otters' })
   * if (data?.status === 'pending') show(data.attempt.step)
   */
  signUp(input: Omit<SignUpWithPassword, Own>): Reply<Outcome<Throws>, Throws>
  /**
   * Signs a guest in, who may become a full user later and keeps the id.
   * @example
   * const { data } = await auth.signInAnonymously()
   */
  signInAnonymously(input?: SignUpAnonymously): Reply<Outcome<Throws>, Throws>
  /**
   * Signs in with a password.
   * @example
   * const { data, error } = await auth.signInWithPassword({ email, password })
   * if (data?.status === 'complete') show(data.user.displayName)
   */
  signInWithPassword(input: SignInWithPassword): Reply<Outcome<Throws>, Throws>
  /**
   * Mails a code, and in browsers a link too. The outcome waits for the code.
   * @example
   * const { data } = await auth.signInWithCode({ email })
   * if (data?.status === 'pending') await data.attempt.answer({ code: await ask('The code, please') })
   */
  signInWithCode(input: Omit<SignInWithCode, Own>): Reply<Outcome<Throws>, Throws>
  /**
   * Signs in with an account elsewhere. The page that people come back to needs no more than to make the client.
   * @param provider its id, such as `google`
   * @throws TypeError where there is no `crypto.subtle`: on pages over plain http, save on localhost, and in React Native
   * without a polyfill
   * @example
   * await auth.signInWithProvider('google')
   */
  signInWithProvider(provider: string, input?: ProviderInput): Reply<{ readonly url: string }, Throws>
  /**
   * Signs in with an ID token that a native dialogue of a provider gave, such as Google's or Apple's.
   * @example
   * await auth.signInWithIdToken({ provider: 'google', idToken, nonce })
   */
  signInWithIdToken(input: SignInWithIdToken): Reply<Outcome<Throws>, Throws>
  /**
   * Begins to recover an account: the mailed code goes into `answer({ code, newPassword })`.
   * @example
   * const { data } = await auth.resetPassword({ email })
   */
  resetPassword(input: Omit<Recovery, Own>): Reply<Outcome<Throws>, Throws>
  /**
   * Takes what a redirect brought back. Browsers do it by themselves when the client is made; null where nothing of ours
   * is in the address.
   * @param url default: the page's address
   * @example
   * const { data } = await auth.handleRedirect(link) // in a native app, what it was opened with
   */
  handleRedirect(url?: string): Reply<Outcome<Throws> | null, Throws>
  /** The attempt in progress; survives a reload of the tab. */
  readonly attempt: Attempt<Throws> | null
  /** Who is signed in, at this moment and without waiting. */
  readonly state: AuthState
  /** Resolves when `state` is no longer `loading`. */
  readonly ready: Promise<void>
  /**
   * Calls back at once with `initial`, then whenever something changes, in all tabs.
   * @returns the way to stop
   * @example
   * const stop = auth.onChange(({ event, state }) => show(event, state.status))
   */
  onChange(listener: (change: AuthChange) => void): () => void
  /**
   * Who is signed in, checked: here with the server's public keys, or there with `fresh`. Null where nobody is.
   * @example
   * const { data } = await auth.getUser()
   * if (data?.verified === 'local') show(data.user.id)
   */
  getUser(input?: { fresh?: boolean }): Reply<VerifiedUser | null, Throws>
  /**
   * What is stored, renewed if that is due. No proof of anything: for a proof there is `getUser`.
   * @example
   * const { data } = await auth.getSession()
   * show(data?.user.displayName)
   */
  getSession(): Reply<SignedIn | null, Throws>
  /**
   * A living access token for calling other services; null where nobody is signed in.
   * @example
   * const { data: token } = await auth.getAccessToken()
   */
  getAccessToken(): Reply<string | null, Throws>
  /**
   * New tokens now, for instance after an administrator changed the roles.
   * @example
   * const { data } = await auth.refresh()
   * show(data?.user.roles)
   */
  refresh(): Reply<SignedIn, Throws>
  /**
   * Takes a session over that was opened elsewhere, such as in a native app around this page. Its tokens are renewed.
   * @example
   * await auth.setSession({ refreshToken })
   */
  setSession(tokens: { readonly refreshToken: string; readonly accessToken?: string }): Reply<SignedIn, Throws>
  /**
   * Proves once more who it is, before something sensitive. Completing it renews the tokens.
   * @example
   * const { data } = await auth.elevate()
   * if (data?.status === 'pending') await data.attempt.answer({ option: 'password', password })
   */
  elevate(input?: Elevate): Reply<Outcome<Throws>, Throws>
  /**
   * Signs out: here first, and in all tabs. Where the server cannot be told, the error says so, and it is told at the
   * next start. `others` ends the other sessions and keeps this one.
   * @param input.scope default `this`
   * @example
   * await auth.signOut()
   */
  signOut(input?: { scope?: 'this' | 'others' | 'all' }): Reply<null, Throws>
  /**
   * `fetch` with the access token, to the page's and the server's own origin and those of `sendTokenTo`; renewed and sent
   * once more where our server says `bad_jwt`.
   * @example
   * const response = await auth.fetch(`${url}/v1/me`)
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>
  /**
   * What a sign-in form needs to know.
   * @example
   * const { data } = await auth.getSettings()
   * for (const { id } of data?.providers ?? []) show(id)
   */
  getSettings(): Reply<PublicSettings, Throws>
  /**
   * Stops timers and listeners. What is stored stays.
   * @example
   * auth.dispose()
   */
  dispose(): void
  readonly me: Me<Throws>
  readonly sessions: Sessions<Throws>
  readonly identities: Identities<Throws>
}
