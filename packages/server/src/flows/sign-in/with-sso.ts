import { sameText, sha256 } from '../../base/digest.ts'
import { day, minute, secondsUntil } from '../../base/duration.ts'
import { base64url, hex, uuidShape } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import { newId } from '../../base/id.ts'
import { type AttemptToken, secret } from '../../base/secrets.ts'
import type { Core } from '../../core/core.ts'
import type { SsoArrival } from '../../core/sso/sso.ts'
import type { SsoProvider } from '../../core/sso/sso-provider.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { awaitsApproval } from '../../core/users/approval.ts'
import { keepReturn, providerOpening, returnSeconds } from '../attempt/provider-return.ts'
import type { Return } from '../attempt/send.ts'
import type { Caller } from '../caller.ts'
import { arrive, enter, grantOf } from '../session/enter.ts'
import type { Grant } from '../session/open.ts'
import { awaitingApproval } from '../steps/hold-newcomer.ts'
import { noteRefusal } from '../steps/note-refusal.ts'
import { whileOvertaken } from '../steps/while-overtaken.ts'
import { settleSso } from './settle-sso.ts'

const flowSeconds = 10 * minute
/** A metadata document that says nothing about it is read again after this long, and a dead address is tried again. */
const freshSeconds = day
const retrySeconds = 10 * minute

/** Where a person begins, and how they want to come back. */
export interface SsoStart {
  readonly provider: { readonly id: string } | { readonly domain: string }
  /** Names where they come back to: what was begun for one is not finished at another. */
  readonly place: string
  /** That place's address, for answers that arrive elsewhere. */
  readonly callback: string
  /**
   * What the cookie of the browser says, if it has one; the sign-in then belongs to that browser (S81). `null` where the one
   * who asks is a script that could not keep one: then only its challenge ties the end to the beginning.
   */
  readonly browser: string | undefined | null
  readonly back: Return
}

/** Where the browser goes next, and what its cookie has to say when it comes back. */
export interface SsoStarted {
  readonly url: string
  readonly browser: string | undefined
  /** Seconds until it is too late. */
  readonly seconds: number
}

/** The organisation's provider, for a page that shows its name. @throws Refusal `sso_provider_not_found`, `provider_disabled` */
export async function enabledSso(
  core: Pick<Core, 'ssoProviders'>,
  by: { readonly id: string } | { readonly domain: string },
): Promise<SsoProvider> {
  const found = await core.ssoProviders.find('domain' in by ? { domain: by.domain.toLowerCase() } : by)
  const asked = 'domain' in by ? 'domain' : 'id'
  if (found === undefined) throw new Refusal('sso_provider_not_found', { details: { reason: asked } })
  if (!found.enabled) throw new Refusal('provider_disabled', { details: { reason: 'sso' } })
  return found
}

/**
 * First leg: where a browser goes to sign in at its organisation.
 * @throws Refusal `sso_provider_not_found`, `provider_disabled`
 */
export async function beginWithSso(core: Core, _caller: Caller, start: SsoStart): Promise<SsoStarted> {
  const at = await refreshed(core, await enabledSso(core, start.provider))
  const { runtime } = core
  const browser = start.browser === null ? undefined : browserOf(core, start.browser)
  const relayState = uuidShape(runtime.randomBytes(16))
  const requestId = `_${hex(runtime.randomBytes(20))}`
  await core.tickets.issue({
    purpose: 'sso',
    subject: newId(runtime),
    userId: null,
    seconds: flowSeconds,
    attempt: secret<AttemptToken>(relayState),
    payload: {
      provider: at.id,
      requestId,
      place: start.place,
      callback: start.callback,
      ...(browser === undefined ? {} : { browser: digestOf(browser) }),
      ...start.back,
    },
  })
  return { url: await core.sso.request(at, { relayState, requestId }), browser, seconds: flowSeconds }
}

const isBrowser = (text: string | undefined): text is string => text !== undefined && /^[\w-]{43}$/.test(text)
const browserOf = (core: Core, text: string | undefined): string =>
  isBrowser(text) ? text : base64url(core.runtime.randomBytes(32))
const digestOf = (browser: string): string => base64url(sha256(browser))
const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Its metadata, read again when it is due. What cannot be read changes nothing. */
async function refreshed(core: Core, at: SsoProvider): Promise<SsoProvider> {
  if (at.metadataUrl === null) return at
  const now = core.runtime.now()
  const age = (now.getTime() - at.metadataCheckedAt.getTime()) / 1000
  const { validUntil, cacheSeconds } = await core.sso.readMetadata(at.metadataXml)
  const isOver = validUntil !== null && validUntil <= now
  if (age < retrySeconds || !(isOver || age >= (cacheSeconds ?? freshSeconds))) return at
  try {
    const metadataXml = await core.sso.fetchMetadata(at.metadataUrl)
    const { entityId } = await core.sso.readMetadata(metadataXml)
    if (entityId !== at.entityId) throw new Refusal('validation_failed', { details: { reason: 'metadata_entity' } })
    await core.ssoProviders.checked(at, metadataXml)
    return { ...at, metadataXml }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    await core.ssoProviders.checked(at)
    const facts = { provider: at.id, reason: error.details.reason }
    core.runtime.log.warn(facts, 'The metadata of an identity provider could not be renewed; what was known stays.')
    return at
  }
}

/** What a browser brings from an identity provider. */
export interface SsoAnswer {
  readonly place: string
  /** The response as it was posted, if there was one. */
  readonly response: string | undefined
  readonly relayState: string | undefined
  /** What the cookie of the browser says. */
  readonly browser: string | undefined
}

/** How it ended. */
export type SsoEnd =
  /** It has to go on at another address, which alone sees the cookie of the browser that began. */
  | { readonly kind: 'elsewhere'; readonly url: string }
  /** Nobody knows what it belongs to. */
  | { readonly kind: 'lost'; readonly refusal: Refusal }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly back: Return }
  /** For whoever left the challenge. */
  | { readonly kind: 'return'; readonly code: string; readonly back: Return }
  | { readonly kind: 'complete'; readonly grant: Grant; readonly back: Return }

/** Whom it is about, and what it has to answer. */
interface Coming {
  readonly at: SsoProvider
  readonly response: string
  readonly requestId: string | null
  readonly back: Return
}

const contextOf = ({ id }: Pick<Ticket, 'id'>): string => `tickets/${id}/payload parked`

/**
 * Second leg, as it is posted from the identity provider's page: to such a post browsers send no cookie, so what belongs to
 * one browser is kept until it comes by itself.
 */
export async function receiveSso(
  core: Core,
  caller: Caller,
  answer: Omit<SsoAnswer, 'browser'> & {
    /** Whether tokens can be handed to somebody who left no challenge; else nobody comes in who did not begin here. */
    readonly takesUnsolicited: boolean
  },
): Promise<SsoEnd> {
  return told(core, caller, async () => {
    const { relayState = '', response = '' } = answer
    if (isPlace(relayState)) {
      if (!answer.takesUnsolicited) throw stateFault('unsolicited')
      if (response === '') throw assertionFault('missing')
      return finish(core, caller, await unsolicited(core, response, relayState))
    }
    const ticket = await stateOf(core, relayState)
    if (ticket.payload['browser'] === undefined) {
      if (ticket.payload['place'] !== answer.place) throw stateFault('unknown')
      return finish(core, caller, await own(core, ticket, response))
    }
    if (response === '') throw assertionFault('missing')
    await park(core, ticket, response)
    const callback = String(ticket.payload['callback'])
    return { kind: 'elsewhere', url: `${callback}?${new URLSearchParams({ state: relayState })}` }
  })
}

/** Of somebody who did not begin here it says where they go, if it says anything. */
const isPlace = (relayState: string): boolean =>
  relayState === '' || relayState.startsWith('/') || URL.canParse(relayState)

/** The rest of it: the browser that began came by itself. */
export async function finishWithSso(
  core: Core,
  caller: Caller,
  { place, relayState, browser }: Omit<SsoAnswer, 'response'>,
): Promise<SsoEnd> {
  return told(core, caller, async () => {
    const ticket = await stateOf(core, relayState ?? '')
    const { payload } = ticket
    const isOwn = browser !== undefined && sameText(digestOf(browser), String(payload['browser']))
    if (!isOwn || payload['place'] !== place) throw stateFault('unknown')
    const parked = textOf(payload['parked'])
    if (parked === undefined) throw assertionFault('missing')
    const response = core.vault.open(Buffer.from(parked, 'base64'), contextOf(ticket)).toString('utf8')
    return finish(core, caller, await own(core, ticket, response))
  })
}

const stateFault = (reason: string) => new Refusal('bad_oauth_state', { details: { reason } })
const assertionFault = (reason: string) => new Refusal('saml_assertion_invalid', { details: { reason } })

/** A refusal before anybody knows where it should lead. */
async function told(core: Core, caller: Caller, work: () => Promise<SsoEnd>): Promise<SsoEnd> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    await note(core, caller, error)
    return { kind: 'lost', refusal: error }
  }
}

function note(core: Core, caller: Caller, { code, details }: Refusal, provider?: string): Promise<void> {
  const about = { way: 'sso', reason: textOf(details.reason) ?? '', ...(provider === undefined ? {} : { provider }) }
  return noteRefusal(core, caller, { userId: null, code, details: about })
}

/**
 * The sign-in an answer belongs to.
 * @throws Refusal `bad_oauth_state`, `flow_state_already_used` (`details.reason` `before`: not in this very moment)
 */
async function stateOf(core: Core, relayState: string): Promise<Ticket> {
  const ticket = relayState.length > 80 ? undefined : await core.tickets.findAnyByAttempt(relayState)
  if (ticket?.purpose !== 'sso') throw stateFault('unknown')
  if (ticket.spentAt !== null) throw new Refusal('flow_state_already_used', { details: { reason: 'before' } })
  if (ticket.expiresAt <= core.runtime.now()) throw stateFault('expired')
  return ticket
}

async function park(core: Core, ticket: Ticket, response: string): Promise<void> {
  if (ticket.payload['parked'] !== undefined) throw new Refusal('flow_state_already_used')
  const parked = core.vault.seal(response, contextOf(ticket)).toString('base64')
  await core.tickets.patch(ticket.id, { parked })
}

/** The state is used up before anything in the answer is looked at: nobody tries twice. */
async function own(core: Core, ticket: Ticket, response: string): Promise<Coming> {
  const spent = await core.tickets.spend(ticket.id)
  if (spent === undefined) throw new Refusal('flow_state_already_used')
  const { provider, requestId, redirectTo, codeChallenge, state } = spent.payload
  const back = { redirectTo: textOf(redirectTo), codeChallenge: textOf(codeChallenge), state: textOf(state) }
  const at = await enabledSso(core, { id: String(provider) })
  return { at, response, requestId: String(requestId), back }
}

/** Nobody asked: only where the provider may send people by itself. The relay state may say where they go, of listed places. */
async function unsolicited(core: Core, response: string, relayState: string): Promise<Coming> {
  const entityId = await core.sso.issuerOf(response)
  const at = await core.ssoProviders.find({ entityId })
  if (at === undefined) throw assertionFault('unknown_issuer')
  if (!at.enabled) throw new Refusal('provider_disabled', { details: { reason: 'sso' } })
  if (!at.allowUnsolicited) throw stateFault('unsolicited')
  // Where everybody is sent, nobody begins here: a key that was withdrawn would stay good for ever.
  return { at: await refreshed(core, at), response, requestId: null, back: { redirectTo: relayState || undefined } }
}

/** Verifies outside of any transaction; what follows from it happens in one. */
async function finish(core: Core, caller: Caller, coming: Coming): Promise<SsoEnd> {
  const { at, response, requestId, back } = coming
  try {
    const arrival = await core.sso.judge(at, { response, requestId })
    await useUp(core, at, arrival)
    return await letIn(core, caller, coming, arrival)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    await note(core, caller, error, at.id)
    return { kind: 'refused', refusal: error, back }
  }
}

/** Some have no end and write the last instant of the calendar, past which nothing can be stored. */
const mostSeconds = 1_000 * 365 * day

/** An assertion counts once, and is remembered for longer than it could be shown (S82). */
async function useUp(core: Core, at: SsoProvider, { assertionId, expiresAt }: SsoArrival): Promise<void> {
  const shown = secondsUntil(core.runtime.now(), expiresAt) + core.settings.sso.skew + minute
  const seconds = Math.min(shown, mostSeconds)
  const subject = `saml:${at.id}:${hex(sha256(assertionId))}`
  if (!(await core.tickets.useOnce(subject, 'saml_assertion', seconds))) throw assertionFault('used')
}

async function letIn(core: Core, caller: Caller, { at, back }: Coming, arrival: SsoArrival): Promise<SsoEnd> {
  const notAfter = arrival.sessionEndsAt ?? undefined
  const done = await whileOvertaken(core, async (tx) => {
    // As it stands now: it may have been switched off while this was under way (S85).
    if ((await tx.ssoProviders.find({ id: at.id }))?.enabled !== true)
      throw new Refusal('provider_disabled', { details: { reason: 'sso' } })
    const { user, provider, identityId, isNewUser } = await settleSso(tx, caller, { at, profile: arrival.profile })
    if (awaitsApproval(user)) return { kind: 'held' as const }
    const brought = { provider, identityId, tokens: null, isNewUser }
    if (back.codeChallenge === undefined) {
      const entered = await enter(tx, caller, { ...providerOpening(user, brought), notAfter })
      return { kind: 'entered' as const, entered }
    }
    const waiting = { kind: 'sign_in' as const, ...brought, notAfter: notAfter?.toISOString() }
    const kept = await keepReturn(tx, { user, sessionId: null, waiting, payload: { ...back } })
    return { kind: 'return' as const, code: await tx.tickets.openReturn(kept.ticket, returnSeconds) }
  })
  if (done.kind === 'held') throw awaitingApproval()
  if (done.kind === 'return') return { ...done, back }
  return { kind: 'complete', grant: grantOf(await arrive(core, done.entered)), back }
}
