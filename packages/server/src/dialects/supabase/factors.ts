import { unixSeconds } from '../../base/duration.ts'
import { isUuid } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { JsonObject } from '../../core/users/user.ts'
import { answerChallenge, challengeFactor, ownFactor } from '../../flows/factor/challenge.ts'
import type { Said } from '../../flows/factor/kind.ts'
import { removeFactor } from '../../flows/factor/remove.ts'
import { type SetUp, setUpFactor } from '../../flows/factor/set-up.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { type Answer, json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import { isCredential } from './credential.ts'
import type { Supabase } from './dialect.ts'
import { type Body, channelOf, readBody } from './parse.ts'
import { presentSession } from './present.ts'
import { fault, refusal } from './refuse.ts'

const longestName = 255

/** The factor a path names. @throws Refusal for what is no UUID */
export function factorIdOf(exchange: Exchange, name = 'id'): string {
  const id = exchange.param(name)
  if (!isUuid(id)) throw refusal('factor_id')
  return id.toLowerCase()
}

/** POST /factors: a factor that its first code verifies. */
export function postFactor(at: Supabase): Handler {
  const { core } = at
  return async (exchange) => {
    const body = await readBody(exchange)
    const type = body.text('factor_type')
    if (type !== 'totp' && type !== 'phone' && type !== 'webauthn')
      throw fault('factor_type needs to be totp, phone, or webauthn')
    const issuer = shortText(body, 'issuer') ?? core.settings.factors.issuer ?? new URL(core.settings.siteUrl).host
    const isPhone = type === 'phone' && core.settings.factors.phone
    const about = { type, name: nameOf(body), issuer, phone: isPhone ? phoneOf(body) : undefined } as const
    const done = await setUpFactor(core, at.callerOf(exchange), { ...exchange.need(signedInKey), ...about })
    return presentSetUp(done, body)
  }
}

/** An empty name is a name like any other. */
export function nameOf(body: Body): string {
  return shortText(body, 'friendly_name') ?? ''
}

function shortText(body: Body, name: string): string | undefined {
  const text = body.text(name)
  if (text !== undefined && (text.length > longestName || /\p{Cc}/u.test(text)))
    throw fault(`${name} must be one line of at most ${longestName} characters`)
  return text
}

function phoneOf(body: Body): string {
  const phone = body.phone()
  if (phone === undefined) throw fault('Phone number required to enroll Phone factor')
  return phone
}

function presentSetUp({ factor, shown }: SetUp, body: Body): Answer {
  const { id, type, name } = factor
  const common = { id, type, friendly_name: name }
  if (type === 'webauthn') return json(200, common)
  if (shown.totp === undefined) return json(200, { ...common, phone: body.text('phone') })
  const { qr, secret, uri } = shown.totp
  return json(200, { ...common, totp: { qr_code: qr, secret, uri } })
}

/** POST /factors/:id/challenge */
export function postChallenge(at: Supabase): Handler {
  const { core } = at
  return async (exchange) => {
    const signedIn = exchange.need(signedInKey)
    const factor = ownFactor(signedIn.user, factorIdOf(exchange))
    if (factor.type === 'recovery_code') throw fault('Recovery codes are verified without a challenge')
    const body = await readBody(exchange, { empty: 'accept' })
    const channel = factor.type === 'phone' ? channelOf(core, body) : undefined
    const ticket = await challengeFactor(core, at.callerOf(exchange), { ...signedIn, factor, channel })
    const about = { id: ticket.id, type: factor.type, expires_at: unixSeconds(ticket.expiresAt) }
    return json(200, factor.type === 'webauthn' ? { ...about, webauthn: ceremonyOf(factor, ticket) } : about)
  }
}

const modeOf = ({ status }: Factor) => (status === 'unverified' ? 'create' : 'request')

function ceremonyOf(factor: Factor, { payload }: Ticket) {
  return { type: modeOf(factor), credential_options: { publicKey: payload['publicKey'] } }
}

/** What a verification brings. */
function saidOf(factor: Factor, body: Body): Said {
  if (factor.type !== 'webauthn') {
    const code = body.text('code')
    if (code === undefined) throw fault('Code needs to be non-empty')
    return { code }
  }
  const said: JsonObject | undefined = body.object('webauthn')
  if (said === undefined) throw fault('WebAuthn config required')
  if (said['type'] !== 'create' && said['type'] !== 'request') throw fault('WebAuthn type must be create or request')
  const credential = said['credential_response']
  if (credential == null) throw fault('credential_response required')
  if (!isCredential(credential) || said['type'] !== modeOf(factor)) throw fault('Invalid credential_response')
  return { credential }
}

/** POST /factors/:id/verify: the session goes on at aal2. */
export function postVerifyFactor(at: Supabase): Handler {
  const { core } = at
  return async (exchange) => {
    const signedIn = exchange.need(signedInKey)
    const factor = ownFactor(signedIn.user, factorIdOf(exchange))
    if (factor.type === 'recovery_code') throw fault('Recovery codes are verified without a challenge')
    const body = await readBody(exchange)
    const challengeId = challengeIdOf(body)
    const said = saidOf(factor, body)
    const input = { ...signedIn, factor, said, challengeId }
    return presentSession(
      await answerChallenge(core, at.callerOf(exchange), input).catch(naming(challengeId)),
      core.settings,
    )
  }
}

/** @throws Refusal `bad_json` for what is no UUID */
function challengeIdOf(body: Body): string {
  const id = body.text('challenge_id')
  if (id === undefined) return nobodys
  if (!isUuid(id))
    throw new Refusal('bad_json', { message: 'challenge_id must be a UUID', details: { reason: 'type' } })
  return id.toLowerCase()
}

const nobodys = '00000000-0000-0000-0000-000000000000'

/** A challenge that is over is named where that is told. */
function naming(id: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Refusal) || error.code !== 'attempt_expired') throw error
    throw new Refusal(error.code, { message: error.message, details: { ...error.details, challenge: id } })
  }
}

/** DELETE /factors/:id */
export function deleteFactor(at: Supabase): Handler {
  return async (exchange) => {
    const signedIn = exchange.need(signedInKey)
    const factor = ownFactor(signedIn.user, factorIdOf(exchange))
    if (factor.type === 'recovery_code') throw refusal('recovery_codes_route')
    const input = { ...signedIn, factorId: factor.id, codes: 'stay', own: 'lower' } as const
    const { id } = await removeFactor(at.core, at.callerOf(exchange), input)
    return json(200, { id })
  }
}
