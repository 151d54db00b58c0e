import type {
  AccountExport,
  AnsweredOAuthRequest,
  DecideOAuthRequest,
  Factor,
  FactorPage,
  Grant,
  GrantPage,
  OAuthRequest,
  ProviderTokens,
  RecoveryCodes,
  User,
} from '../api/types.ts'
import type { Outcome } from '../attempt/attempt.ts'
import { idPart } from '../base/encoding.ts'
import { facing, type Reply } from '../base/result.ts'
import type { Client } from '../client.ts'
import { insideOf } from '../inside.ts'
import { linkAddress } from './link-address.ts'

/** A second factor to set up. Passkeys are made by `@watchword/client/passkeys`. */
export type AddFactor =
  | { readonly type: 'totp'; readonly name?: string }
  | {
      readonly type: 'phone'
      /** E.164, such as `+12025550100`. */
      readonly phone: string
      readonly name?: string
      /** Default `sms`. */
      readonly channel?: 'sms' | 'whatsapp'
    }

/** A set of codes, shown once, and the factor they are. */
export type NewRecoveryCodes = RecoveryCodes

/** What protects the account beside the way in. */
export interface Factors<Throws extends boolean = false> {
  /**
   * What is set up, and what is being set up.
   * @example
   * const { data } = await account.factors.list()
   * for (const { type, name } of data ?? []) show(type, name)
   */
  list(): Reply<Factor[], Throws>
  /**
   * Begins to set a factor up; a right code finishes it. The step `totp_setup` holds the QR code, once.
   * @example
   * const { data } = await account.factors.add({ type: 'totp' })
   * if (data?.status === 'pending' && data.attempt.step.type === 'totp_setup') show(data.attempt.step.qr)
   */
  add(input: AddFactor): Reply<Outcome<Throws>, Throws>
  /**
   * Gives one another name; `factor_name_taken` where another one has it.
   * @example
   * await account.factors.rename(id, 'My old phone')
   */
  rename(id: string, name: string): Reply<Factor, Throws>
  /**
   * Takes one away; other sessions lose what it gave them. Needs a recent proof.
   * @example
   * await account.factors.remove(id)
   */
  remove(id: string): Reply<null, Throws>
  /**
   * Ten codes for the day the phone is lost. Those that were before are dead.
   * @example
   * const { data } = await account.factors.newRecoveryCodes()
   * show(data?.codes)
   */
  newRecoveryCodes(): Reply<NewRecoveryCodes, Throws>
}

/** How to connect an account elsewhere. */
export interface LinkProvider {
  /** `redirect` leaves this page; `url` only tells where to go. Default `redirect`. */
  readonly mode?: 'redirect' | 'url'
  /** Where to come back to. Default: the client's, else this page without its query. */
  readonly redirectTo?: string
  readonly scopes?: string
}

/** Accounts elsewhere that may sign in here. */
export interface Links<Throws extends boolean = false> {
  /**
   * Goes to a provider to connect an account there. Finishes in this session alone. Needs a recent proof.
   * @example
   * await account.identities.link('github')
   */
  link(provider: string, input?: LinkProvider): Reply<{ readonly url: string }, Throws>
  /**
   * Connects the account of an ID token at once.
   * @example
   * await account.identities.linkIdToken({ provider: 'google', idToken })
   */
  linkIdToken(input: {
    readonly provider: string
    readonly idToken: string
    readonly nonce?: string
    readonly accessToken?: string
  }): Reply<Outcome<Throws>, Throws>
  /**
   * Takes one away. The last way in stays.
   * @example
   * const { error } = await account.identities.unlink(id)
   * if (error?.code === 'single_identity_not_deletable') show('This is the last way in.')
   */
  unlink(id: string): Reply<null, Throws>
}

/** What applications ask of somebody, for the page of yours that shows it and says yes or no. */
export interface Consent<Throws extends boolean = false> {
  /**
   * What is asked for, or where to go because it was allowed before. From then on it is this person's to answer.
   * @param id as the page was given it: `authorization_id`, or `request_id`
   * @example
   * const { data } = await account.consent.get(id)
   * if (data !== null && 'redirectTo' in data) location.assign(data.redirectTo)
   */
  get(id: string): Reply<OAuthRequest, Throws>
  /**
   * Says yes or no, once. Answers where the browser goes.
   * @example
   * const { data } = await account.consent.decide(id, { decision: 'approve' })
   * if (data !== null) location.assign(data.redirectTo)
   */
  decide(id: string, input: DecideOAuthRequest): Reply<AnsweredOAuthRequest, Throws>
}

/** Applications that somebody has let act for them, by signing in there with this account. */
export interface Grants<Throws extends boolean = false> {
  /**
   * Newest first, with what each may do.
   * @example
   * const { data } = await account.grants.list()
   * for (const { client, scopes } of data ?? []) show(client.name, scopes)
   */
  list(): Reply<Grant[], Throws>
  /**
   * Takes it back: the application's sessions end.
   * @param clientId `client.id` of a grant
   * @example
   * await account.grants.revoke(clientId)
   */
  revoke(clientId: string): Reply<null, Throws>
}

/** Changing how an account is protected and reached, for its settings page. */
export interface Account<Throws extends boolean = false> {
  readonly factors: Factors<Throws>
  readonly identities: Links<Throws>
  readonly providerTokens: {
    /**
     * The tokens kept of an account elsewhere, renewed where they are old.
     * @example
     * const { data } = await account.providerTokens.get('google')
     * show(data?.accessToken)
     */
    get(provider: string): Reply<ProviderTokens, Throws>
  }
  readonly grants: Grants<Throws>
  readonly consent: Consent<Throws>
  /**
   * All that is kept about somebody, without a secret. Needs a recent proof.
   * @example
   * const { data } = await account.export()
   */
  export(): Reply<AccountExport, Throws>
  /**
   * Gives the e-mail address up, where another way in remains. Other sessions end, and the address is told. Needs a recent proof.
   * @example
   * await account.removeEmail()
   */
  removeEmail(): Reply<User, Throws>
}

/**
 * The account of whoever is signed in with a client: second factors, accounts elsewhere and their tokens, applications.
 * @throws TypeError for what is no client of this package
 * @example
 * const account = createAccount(auth)
 * const { data: factors } = await account.factors.list()
 */
export function createAccount<Throws extends boolean>(client: Client<Throws>): Account<Throws> {
  const within = insideOf(client)
  const { authorised, attempts, runtime, throws } = within
  const refreshed = async <T>(work: Promise<T>): Promise<T> => {
    const done = await work
    await client.getUser({ fresh: true })
    return done
  }

  const link = async (provider: string, { mode = 'redirect', ...input }: LinkProvider = {}) => {
    const { url } = await linkAddress(within, provider, input)
    if (mode === 'redirect') runtime.page?.leave(url)
    return { url }
  }

  return facing<Account<Throws>>(
    {
      factors: {
        list: async () => (await authorised<FactorPage>({ method: 'GET', path: '/me/factors' })).items,
        add: (input: AddFactor) => attempts.begin('/me/factors', input, 'user'),
        rename: (id: string, name: string) =>
          authorised<Factor>({ method: 'PATCH', path: `/me/factors/${idPart(id)}`, body: { name } }),
        remove: (id: string) => refreshed(authorised({ method: 'DELETE', path: `/me/factors/${idPart(id)}` })),
        newRecoveryCodes: () => authorised<RecoveryCodes>({ method: 'POST', path: '/me/recovery-codes' }),
      },
      identities: {
        link,
        linkIdToken: (input: object) => attempts.begin('/me/identities', input, 'user'),
        unlink: (id: string) => refreshed(authorised({ method: 'DELETE', path: `/me/identities/${idPart(id)}` })),
      },
      providerTokens: {
        get: (provider: string) =>
          authorised<ProviderTokens>({ method: 'GET', path: `/me/provider-tokens/${encodeURIComponent(provider)}` }),
      },
      grants: {
        list: async () => (await authorised<GrantPage>({ method: 'GET', path: '/me/grants' })).items,
        revoke: (id: string) => authorised({ method: 'DELETE', path: `/me/grants/${idPart(id)}` }),
      },
      consent: {
        get: async (id: string) => authorised<OAuthRequest>({ method: 'GET', path: requestAt(id) }),
        decide: async (id: string, body: DecideOAuthRequest) =>
          authorised<AnsweredOAuthRequest>({ method: 'POST', path: requestAt(id), body }),
      },
      export: () => authorised<AccountExport>({ method: 'GET', path: '/me/export', timeout: 300_000 }),
      removeEmail: () => refreshed(authorised<User>({ method: 'DELETE', path: '/me/email' })),
    },
    throws,
  )
}

/** @throws TypeError for what is no handle of a request, before anything is sent */
function requestAt(id: string): string {
  if (typeof id !== 'string' || !/^[\w-]{1,128}$/.test(id)) throw new TypeError('This is not the id of a request.')
  return `/oauth/requests/${id}`
}
