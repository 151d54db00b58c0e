import { sameText, sha256 } from '../../base/digest.ts'
import { minute } from '../../base/duration.ts'
import { base64url } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import { newId } from '../../base/id.ts'
import type { Core } from '../../core/core.ts'
import type { Begun } from '../../core/providers/authorization.ts'
import { pretendUrl, readPretence } from '../../core/providers/pretend.ts'
import type { SignedInThere } from '../../core/providers/providers.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import { refuseConnection } from '../attempt/connect.ts'
import { keepReturn, providerOpening, returnSeconds } from '../attempt/provider-return.ts'
import type { Return } from '../attempt/send.ts'
import type { Caller } from '../caller.ts'
import { arrive, enter, grantOf } from '../session/enter.ts'
import type { Grant } from '../session/open.ts'
import { type Arrival, arrivalOf, enabledProvider, isPretended } from '../steps/arrival.ts'
import type { NewAccount } from '../steps/create-account.ts'
import { ticketOfText } from '../steps/link-text.ts'
import { noteRefusal } from '../steps/note-refusal.ts'
import { keepBegun, keptIn, secretsOf } from './begun.ts'
import { settled } from './settle-arrival.ts'

const flowSeconds = 10 * minute

/** Where a person returns to, and whether as a message to the window that opened this one. */
export interface ProviderBack extends Return {
  readonly display?: 'message' | undefined
  /** Without a challenge: the session waits behind a secret that is picked up within minutes, for clients that know no other way. */
  readonly pickup?: boolean
}

/** Where a person begins, and how they want to come back. */
export interface ProviderStart {
  readonly provider: string
  /** Names the callback that will be answered: what was begun for one is not finished at another (S66, S73). */
  readonly place: string
  /** The address of that callback. */
  readonly callback: string
  /** What the cookie of the browser says, if it has one. */
  readonly browser: string | undefined
  readonly back: ProviderBack
  readonly scopes: readonly string[]
  readonly params: Readonly<Record<string, string>>
  readonly createUser?: boolean
  /** Whether somebody who has an account is refused. Default false. */
  readonly onlyNew?: boolean
  /** What they say about themselves; the provider's word stands above it. */
  readonly about?: NewAccount
  /** The token of an invitation: only the invited may come back. */
  readonly invite?: string | undefined
}

/** Where the browser goes next, and what its cookie has to say when it comes back. */
export interface ProviderStarted {
  readonly url: string
  readonly browser: string
  /** Seconds until it is too late. */
  readonly seconds: number
}

/**
 * First leg: sends a browser to a provider. What is begun belongs to that browser, that provider and that callback, and
 * counts once (S66).
 * @throws Refusal `provider_disabled`, `provider_failed`, `user_not_found` for an invitation that is gone
 */
export async function beginWithProvider(core: Core, caller: Caller, start: ProviderStart): Promise<ProviderStarted> {
  const invited = start.invite === undefined ? undefined : await invitedBy(core, start.invite)
  const more = invited === undefined ? {} : { invited }
  return begin(core, caller, start, { user: null, sessionId: null, more })
}

/** As {@link beginWithProvider}, for a session that wants to be connected; the text is that of its ticket. @throws Refusal `bad_oauth_state` */
export async function beginLinking(
  core: Core,
  caller: Caller,
  start: Pick<ProviderStart, 'place' | 'callback' | 'browser'> & { readonly link: string; readonly provider?: string },
): Promise<ProviderStarted> {
  const id = ticketOfText(core, start.link)
  const ticket = id === undefined ? undefined : await core.tickets.spend(id)
  const isFor = start.provider === undefined || start.provider === ticket?.payload['provider']
  if (ticket?.purpose !== 'link' || ticket.userId === null || !isFor) throw new Refusal('bad_oauth_state')
  const { provider, scopes, params } = ticket.payload
  const { place, callback, browser } = start
  const asked = {
    place,
    callback,
    browser,
    back: backOf(ticket),
    scopes: scopes as string[],
    params: params as Record<string, string>,
  }
  const { userId, sessionId } = ticket
  return begin(
    core,
    caller,
    { ...asked, provider: String(provider) },
    { user: userId, sessionId, more: { link: true } },
  )
}

interface Owner {
  readonly user: string | null
  readonly sessionId: string | null
  readonly more: JsonObject
}

async function begin(core: Core, _caller: Caller, start: ProviderStart, owner: Owner): Promise<ProviderStarted> {
  const at = await enabledProvider(core, start.provider)
  const browser = isBrowser(start.browser) ? start.browser : base64url(core.runtime.randomBytes(32))
  const redirectUri = at.settings.redirectUri ?? start.callback
  const { ticket, attempt: state } = await core.tickets.issue({
    purpose: 'provider',
    subject: newId(core.runtime),
    userId: owner.user,
    sessionId: owner.sessionId,
    seconds: flowSeconds,
    payload: {
      ...owner.more,
      provider: at.provider.id,
      place: start.place,
      browser: digestOf(browser),
      redirectUri,
      createUser: start.createUser ?? true,
      ...(start.onlyNew === true ? { onlyNew: true } : {}),
      ...(start.about === undefined ? {} : { about: start.about }),
      ...start.back,
    },
  })
  const { scopes, params } = start
  const begun: Begun = isPretended(core, at)
    ? { url: pretendUrl(core.settings, { provider: at.provider.id, state, callback: start.callback }) }
    : await core.providers.begin(at, { state, redirectUri, scopes, params, ...secretsOf(core, state) })
  if (begun.kept !== undefined) await keepBegun(core, ticket, begun.kept)
  return { url: begun.url, browser, seconds: flowSeconds }
}

const isBrowser = (text: string | undefined): text is string => text !== undefined && /^[\w-]{43}$/.test(text)
const digestOf = (browser: string): string => base64url(sha256(browser))
const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function backOf({ payload }: Ticket): ProviderBack {
  const { redirectTo, codeChallenge, state, display, pickup } = payload
  const back = { redirectTo: text(redirectTo), codeChallenge: text(codeChallenge), state: text(state) }
  return { ...back, ...(display === 'message' ? { display } : {}), ...(pickup === true ? { pickup } : {}) }
}

/** Whom an invitation is for. @throws Refusal `user_not_found` when it is gone */
export async function invitedBy(core: Core, token: string): Promise<string> {
  const ticket = await core.tickets.findByLink(token)
  if (ticket?.purpose !== 'invite' || ticket.userId === null) throw new Refusal('user_not_found')
  return ticket.userId
}

/** What a browser brings to a callback. */
export interface ProviderAnswer {
  readonly place: string
  /** Single values of the address or the form; a name that came twice is not among them. */
  readonly params: Readonly<Record<string, string>>
  /** What the cookie of the browser says. */
  readonly browser: string | undefined
}

/** A provider by its id and its name for people. */
export interface Named {
  readonly id: string
  readonly name: string
}

/** How a sign-in at a provider ended. */
export type ProviderEnd =
  /** Nobody knows what it belongs to. */
  | { readonly kind: 'lost'; readonly refusal: Refusal }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly back: ProviderBack }
  /** A mail has to be answered first. */
  | { readonly kind: 'waiting'; readonly provider: Named; readonly back: ProviderBack }
  /** For whoever left the challenge, or picks it up. */
  | { readonly kind: 'return'; readonly code: string; readonly back: ProviderBack }
  | { readonly kind: 'complete'; readonly grant: Grant; readonly back: ProviderBack }
  /** Nobody left a challenge, and an account would be connected: the person at this browser is asked. */
  | {
      readonly kind: 'ask'
      readonly handle: string
      readonly user: User
      /** Its name, for people. */
      readonly provider: string
      readonly back: Return
    }

const contextOf = ({ id }: Pick<Ticket, 'id'>): string => `tickets/${id}/payload parked`

/**
 * Keeps an answer that was posted from another site, to which browsers send no cookie, until the browser comes by itself.
 * @throws Refusal `bad_oauth_state`
 */
export async function parkAnswer(core: Core, { place, params }: Omit<ProviderAnswer, 'browser'>): Promise<void> {
  const ticket = await stateOf(core, params['state'])
  if (ticket.payload['place'] !== place || ticket.payload['parked'] !== undefined) throw new Refusal('bad_oauth_state')
  const parked = core.vault.seal(JSON.stringify(params), contextOf(ticket)).toString('base64')
  await core.tickets.patch(ticket.id, { parked })
}

async function stateOf(core: Core, state: string | undefined, which: 'living' | 'any' = 'living'): Promise<Ticket> {
  const find = which === 'any' ? core.tickets.findAnyByAttempt : core.tickets.findByAttempt
  const ticket = state === undefined || state.length > 128 ? undefined : await find(state)
  if (ticket?.purpose !== 'provider')
    throw new Refusal('bad_oauth_state', { details: { reason: state === undefined ? 'missing' : 'unknown' } })
  return ticket
}

/**
 * Second leg: somebody came back. The state is used up before the provider is asked anything; the request to the provider
 * stands outside of any transaction; what follows from its answer happens in one.
 */
export async function finishWithProvider(core: Core, caller: Caller, answer: ProviderAnswer): Promise<ProviderEnd> {
  const ticket = await ownState(core, answer).catch(asLost)
  if ('kind' in ticket) return ticket
  const back = backOf(ticket)
  const params = parkedIn(core, ticket) ?? answer.params
  try {
    return await come(core, caller, { ticket, back, state: answer.params['state'] ?? '', params })
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const details = { provider: text(ticket.payload['provider']) ?? '', reason: text(error.details.reason) ?? '' }
    await noteRefusal(core, caller, { userId: ticket.userId, code: error.code, details })
    return { kind: 'refused', refusal: error, back }
  }
}

function asLost(error: unknown): ProviderEnd & { kind: 'lost' } {
  if (error instanceof Refusal) return { kind: 'lost', refusal: error }
  throw error
}

/** The state, used up: it is this browser's, for this callback, and nobody was faster. What came of it before is told to that browser alone. */
async function ownState(core: Core, { place, params, browser }: ProviderAnswer): Promise<Ticket> {
  const ticket = await stateOf(core, params['state'], 'any')
  const isOwn = browser !== undefined && sameText(digestOf(browser), String(ticket.payload['browser']))
  if (!isOwn || ticket.payload['place'] !== place)
    throw new Refusal('bad_oauth_state', { details: { reason: 'unknown' } })
  const over = ticket.expiresAt <= core.runtime.now() ? 'expired' : ticket.spentAt !== null ? 'used' : undefined
  const challenged = backOf(ticket).codeChallenge !== undefined
  if (over !== undefined) throw new Refusal('bad_oauth_state', { details: { reason: over, challenged } })
  const spent = await core.tickets.spend(ticket.id)
  if (spent === undefined) throw new Refusal('flow_state_already_used')
  return spent
}

function parkedIn(core: Core, ticket: Ticket): Record<string, string> | undefined {
  const { parked } = ticket.payload
  if (typeof parked !== 'string') return undefined
  return JSON.parse(core.vault.open(Buffer.from(parked, 'base64'), contextOf(ticket)).toString('utf8'))
}

interface Coming {
  readonly ticket: Ticket
  readonly back: ProviderBack
  readonly state: string
  readonly params: Readonly<Record<string, string>>
}

async function come(core: Core, caller: Caller, coming: Coming): Promise<ProviderEnd> {
  const { ticket, back, state, params } = coming
  const { payload } = ticket
  const at = await enabledProvider(core, String(payload['provider']))
  const redirectUri = String(payload['redirectUri'])
  const came: SignedInThere = isPretended(core, at)
    ? readPretence(core, { at, state, params })
    : await core.providers.finish(at, {
        params,
        state,
        redirectUri,
        posted: postedIn(params),
        kept: keptIn(core, ticket),
        ...secretsOf(core, state),
      })
  const arrival = arrivalOf(at, came)
  if (payload['link'] === true) return connectLater(core, coming, { arrival, name: at.provider.name })
  await refuseUninvited(core, payload['invited'], arrival)
  const settling = {
    at,
    arrival,
    createUser: payload['createUser'] !== false,
    onlyNew: payload['onlyNew'] === true,
    about: (payload['about'] ?? {}) as NewAccount,
    back,
  }
  const done = await settled(core, caller, settling, async (tx, outcome) => {
    if (outcome.kind === 'waiting') return outcome
    const { user, identityId, isNewUser } = outcome
    const brought = { provider: arrival.provider, identityId, tokens: arrival.tokens, isNewUser }
    if (back.codeChallenge === undefined && back.pickup !== true)
      return { kind: 'entered' as const, entered: await enter(tx, caller, providerOpening(user, brought)) }
    const waiting = { kind: 'sign_in' as const, ...brought }
    const kept = await keepReturn(tx, { user, sessionId: null, waiting, payload: { ...back } })
    if (kept.link !== undefined) return { kind: 'return' as const, code: kept.link }
    return { kind: 'return' as const, code: await tx.tickets.openReturn(kept.ticket, returnSeconds) }
  })
  if (done.kind === 'waiting')
    return { kind: 'waiting', provider: { id: at.provider.id, name: at.provider.name }, back }
  if (done.kind === 'return') return { ...done, back }
  return { kind: 'complete', grant: grantOf(await arrive(core, done.entered)), back }
}

/** What Apple posts beside the code, as JSON in a field. It is the browser's word and decides nothing. */
function postedIn({ user }: Readonly<Record<string, string>>): JsonObject {
  if (user === undefined || user.length > 4_096) return {}
  try {
    const value: unknown = JSON.parse(user)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {}
  } catch {
    return {}
  }
}

/**
 * Nothing is connected here: a link that somebody was sent leads here as well. It happens when the session that asked for
 * it comes with its verifier, or, where there is none, when whoever sits at this browser says so on a page of ours (S40).
 */
async function connectLater(
  core: Core,
  { ticket, back }: Coming,
  { arrival, name }: { readonly arrival: Arrival; readonly name: string },
): Promise<ProviderEnd> {
  const user = ticket.userId === null ? undefined : await core.users.find(ticket.userId)
  if (user === undefined || ticket.sessionId === null) throw new Refusal('user_not_found')
  await refuseConnection(core, { user, arrival })
  const { browser } = ticket.payload
  const payload = { ...back, ...(back.codeChallenge === undefined ? { browser } : {}) }
  const input = { user, sessionId: ticket.sessionId, waiting: { kind: 'link' as const, arrival }, payload }
  const kept = await keepReturn(core, input)
  if (back.codeChallenge === undefined) return { kind: 'ask', handle: kept.attempt, user, provider: name, back }
  return { kind: 'return', code: await core.tickets.openReturn(kept.ticket, returnSeconds), back }
}

/** An invitation is for one address; another's account elsewhere does not answer it. */
async function refuseUninvited(core: Core, invited: unknown, { profile }: Arrival): Promise<void> {
  if (typeof invited !== 'string') return
  const user = await core.users.find(invited)
  if (user === undefined) throw new Refusal('user_not_found', { details: { reason: 'invite' } })
  if (profile.email === null || !profile.emailVerified || profile.email !== user.email)
    throw new Refusal('validation_failed', {
      message: 'The invited address is not that of the account elsewhere.',
      details: { reason: 'invite' },
    })
}
