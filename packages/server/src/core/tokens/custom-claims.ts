import { Refusal } from '../../base/errors.ts'
import type { JsonObject } from '../users/user.ts'
import type { AccessClaims } from './claims.ts'

/** What a token stands on: whoever adds claims changes none of these, and adds none that is missing (S64). */
const reserved = [
  ...(['iss', 'sub', 'aud', 'exp', 'nbf', 'iat', 'jti', 'session_id', 'client_id', 'scope', 'act'] as const),
  ...(['role', 'aal', 'amr', 'is_anonymous'] as const),
]

/** The same within the claims of Hasura. */
const reservedByHasura = [
  'x-hasura-user-id',
  'x-hasura-default-role',
  'x-hasura-allowed-roles',
  'x-hasura-user-is-anonymous',
  'x-hasura-auth-elevated',
]

/** Most bytes of all claims as JSON: with its signature such a token still fits into a header. */
const mostBytes = 8_192

const isText = (value: unknown): boolean => typeof value === 'string'
const isWhole = (value: unknown): boolean => Number.isSafeInteger(value)

/** What an answer must have, although most of it counts for nothing: one that lacks it was made by mistake. */
const expected: Readonly<Record<string, (value: unknown) => boolean>> = {
  aud: (value) => isText(value) || (Array.isArray(value) && value.every(isText)),
  exp: isWhole,
  iat: isWhole,
  sub: isText,
  email: isText,
  phone: isText,
  role: isText,
  aal: isText,
  session_id: isText,
  is_anonymous: (value) => typeof value === 'boolean',
}

/** Why an answer does not become a token. */
export type ClaimsFault = 'answer' | 'over_size_limit'

/**
 * The claims of a token after the application's own code has had its say.
 * @param answered what it wants them to be, all of them
 * @returns `kept`: the reserved claims it wanted otherwise, which stay as they were
 * @throws Refusal `hook_unavailable` (`details.reason` `answer`, with `details.claim`, or `over_size_limit`)
 */
export function customClaims(
  ours: AccessClaims,
  answered: JsonObject,
  hasura: string,
): { readonly claims: AccessClaims; readonly kept: readonly string[] } {
  const wrong = Object.entries(expected).find(([name, fits]) => !fits(ownOf(answered, name)))
  if (wrong !== undefined) throw fault('answer', wrong[0])
  const claims = withReserved(ours, answered, reserved)
  const custom = ownOf(ours, hasura)
  if (custom !== undefined || Object.hasOwn(answered, hasura))
    claims[hasura] = withHasura(isRecord(custom) ? custom : {}, ownOf(answered, hasura))
  if (Buffer.byteLength(JSON.stringify(claims)) > mostBytes) throw fault('over_size_limit')
  const kept = reserved.filter((name) => !isSame(ownOf(answered, name), ownOf(ours, name)))
  return { claims: claims as AccessClaims, kept }
}

function withHasura(ours: JsonObject, answered: unknown): JsonObject {
  if (answered === undefined) return ours
  if (!isRecord(answered)) throw fault('answer', 'hasura')
  return withReserved(ours, answered, reservedByHasura)
}

function withReserved(ours: JsonObject, answered: JsonObject, names: readonly string[]): Record<string, unknown> {
  const fixed = new Set(names)
  const free = Object.entries(answered).filter(([name]) => !fixed.has(name.toLowerCase()))
  const stay = Object.entries(ours).filter(([name]) => fixed.has(name))
  return Object.fromEntries([...free, ...stay])
}

function fault(reason: ClaimsFault, claim?: string): Refusal {
  const details = { reason, ...(claim === undefined ? {} : { claim }) }
  return new Refusal('hook_unavailable', { details, retryAfter: 5 })
}

const ownOf = (from: JsonObject, name: string): unknown => (Object.hasOwn(from, name) ? from[name] : undefined)
const isRecord = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)
