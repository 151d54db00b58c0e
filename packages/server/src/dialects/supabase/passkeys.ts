import { unixSeconds } from '../../base/duration.ts'
import { isUuid } from '../../base/encoding.ts'
import { invalid, Refusal } from '../../base/errors.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import { beginPasskey, finishPasskey } from '../../flows/factor/passkey.ts'
import { removeFactor } from '../../flows/factor/remove.ts'
import { renameFactor } from '../../flows/factor/rename.ts'
import { grantOf } from '../../flows/session/enter.ts'
import { beginPasskeySignIn, signInWithPasskey } from '../../flows/sign-in/with-passkey.ts'
import type { BegunCeremony } from '../../flows/steps/ceremony.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { type Answer, json, noContent } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import { isCredential } from './credential.ts'
import type { Supabase } from './dialect.ts'
import { type Body, readBody } from './parse.ts'
import { presentSession } from './present.ts'
import { fault, refusal } from './refuse.ts'

const longestName = 120

/** POST /passkeys/registration/options */
export function postRegistrationOptions(at: Supabase): Handler {
  return async (exchange) => {
    await readBody(exchange, { empty: 'accept' })
    const whose = exchange.need(signedInKey)
    return presentOptions(await beginPasskey(at.core, { ...whose, use: { protects: false, signsIn: true } }))
  }
}

/** POST /passkeys/authentication/options */
export function postAuthenticationOptions(at: Supabase): Handler {
  return async (exchange) => {
    await readBody(exchange, { empty: 'accept' })
    return presentOptions(await beginPasskeySignIn(at.core))
  }
}

function presentOptions({ ticket, options }: BegunCeremony): Answer {
  const { excludeCredentials, ...others } = options
  const excluded = Array.isArray(excludeCredentials) && excludeCredentials.length > 0 ? { excludeCredentials } : {}
  return json(200, {
    challenge_id: ticket.id,
    options: { ...others, ...excluded },
    expires_at: unixSeconds(ticket.expiresAt),
  })
}

/** POST /passkeys/registration/verify */
export function postRegistrationVerify(at: Supabase): Handler {
  return async (exchange) => {
    const whose = exchange.need(signedInKey)
    const { ticket, credential } = await answered(at, await readBody(exchange))
    const input = { ...whose, ticket, credential }
    const passkey = await finishPasskey(at.core, at.callerOf(exchange), input).catch(unreadable(credential))
    return json(200, presentPasskey(passkey))
  }
}

/** POST /passkeys/authentication/verify: the session of whoever holds the passkey. */
export function postAuthenticationVerify(at: Supabase): Handler {
  return async (exchange) => {
    const input = await answered(at, await readBody(exchange))
    const progress = await signInWithPasskey(at.core, at.callerOf(exchange), input).catch(unreadable(input.credential))
    return presentSession(grantOf(progress), at.core.settings)
  }
}

async function answered({ core }: Supabase, body: Body) {
  const id = body.text('challenge_id')
  if (id === undefined) throw fault('challenge_id is required')
  const credential: JsonObject | undefined = body.object('credential')
  if (credential === undefined) throw fault('credential is required')
  if (!isUuid(id)) throw fault('challenge_id must be a valid UUID')
  return { ticket: await core.tickets.findAny(id.toLowerCase()), credential }
}

/** What is no credential at all is told from one that proves nothing; the challenge is gone either way. */
function unreadable(credential: JsonObject): (error: unknown) => never {
  return (error) => {
    if (isCredential(credential) || !(error instanceof Refusal) || error.code !== 'webauthn_verification_failed')
      throw error
    throw refusal('webauthn_unreadable')
  }
}

/** Passkeys sign in; what only protects is listed with the factors. */
export const passkeysOf = ({ factors }: User): readonly Factor[] =>
  factors.filter(({ credential }) => credential?.signsIn === true)

export function presentPasskey({ id, name, createdAt, lastUsedAt }: Factor): JsonObject {
  return {
    id,
    ...(name === '' ? {} : { friendly_name: name }),
    created_at: createdAt.toISOString(),
    ...(lastUsedAt === null ? {} : { last_used_at: lastUsedAt.toISOString() }),
  }
}

/** GET /passkeys */
export const getPasskeys: Handler = (exchange) =>
  json(200, passkeysOf(exchange.need(signedInKey).user).map(presentPasskey))

function ownPasskey(exchange: Exchange): Factor {
  const id = exchange.param('id').toLowerCase()
  const found = passkeysOf(exchange.need(signedInKey).user).find((each) => each.id === id)
  if (found === undefined) throw refusal('passkey_not_found')
  return found
}

/** PATCH /passkeys/:id */
export function patchPasskey(at: Supabase): Handler {
  return async (exchange) => {
    const name = (await readBody(exchange)).text('friendly_name')?.trim()
    if (name === undefined || name === '') throw fault('friendly_name is required')
    if (name.length > longestName) throw fault(`friendly_name must be ${longestName} characters or less`)
    if (/\p{Cc}/u.test(name)) throw invalid('friendly_name', 'must be one line')
    const input = { ...exchange.need(signedInKey), factorId: ownPasskey(exchange).id, name }
    return json(200, presentPasskey(await renameFactor(at.core, at.callerOf(exchange), input)))
  }
}

/** DELETE /passkeys/:id */
export function deletePasskey(at: Supabase): Handler {
  return async (exchange) => {
    const { id } = ownPasskey(exchange)
    await removeFactor(at.core, at.callerOf(exchange), { ...exchange.need(signedInKey), factorId: id })
    return noContent()
  }
}

/** A feature that is switched off says so before anybody is asked who they are. */
export function passkeysOn({ core }: Supabase) {
  return (): void => {
    if (!core.settings.passkeys.enabled) throw refusal('passkeys')
  }
}
