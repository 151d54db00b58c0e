import { day, later } from '../../base/duration.ts'
import { base64url, uuidShape } from '../../base/encoding.ts'
import { invalid, Refusal } from '../../base/errors.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { AccessKey } from '../../core/keys/access-keys.ts'
import { accessScopes, isAccessScope } from '../../core/keys/access-scopes.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import { notify } from '../steps/notice.ts'
import { requireProof } from './proof.ts'

/** Most keys of one person. */
const most = 50
const longestMetadata = 4_096
const longestLife = 366 * day

export interface NewAccessKey {
  readonly user: User
  readonly session: Session
  readonly name: string
  /** What it is to be good for. `null`, where the dialect has no scopes: all but the account's credentials. */
  readonly scopes: readonly string[] | null
  readonly metadata: JsonObject
  readonly expiresAt: Date
  /** What it looks like: `uuid` where clients check for that, else 256 bits behind `wwk_`. */
  readonly form: 'prefixed' | 'uuid'
}

/** A key and its text, which is shown once. */
export interface MadeAccessKey {
  readonly key: AccessKey
  readonly text: string
}

/**
 * Makes a personal access token.
 * @throws Refusal `reauthentication_needed`, `insufficient_aal`, `anonymous_not_allowed`, `email_not_confirmed`,
 * `validation_failed`, `limit_reached`
 */
export async function createAccessKey(core: Core, caller: Caller, input: NewAccessKey): Promise<MadeAccessKey> {
  const { user, session, name, scopes, metadata, expiresAt, form } = input
  if (user.isAnonymous) throw new Refusal('anonymous_not_allowed')
  if (user.emailConfirmedAt === null && user.phoneConfirmedAt === null) throw new Refusal('email_not_confirmed')
  await requireProof(core, caller, { user, session, proof: {} })
  refuseUnfit(core, input)
  const text =
    form === 'uuid' ? uuidShape(core.runtime.randomBytes(16)) : `wwk_${base64url(core.runtime.randomBytes(32))}`
  const key = await core.transaction(async (tx) => {
    await tx.users.update(user.id, {})
    await refuseEnded(tx, session)
    if ((await tx.accessKeys.count(user.id)) >= most) throw new Refusal('limit_reached', { details: { limit: most } })
    const made = await tx.accessKeys.add({ userId: user.id, text, name, scopes, metadata, expiresAt })
    await tx.audit.record({
      ...auditOf(caller, user.id),
      action: 'access_key.created',
      result: 'ok',
      sessionId: session.id,
      target: { type: 'access_key', id: made.id },
      details: { scopes, expiresAt: expiresAt.toISOString() },
    })
    await notify(tx, caller, { user, template: 'access_key_added' })
    return made
  })
  core.wakeOutbox()
  return { key, text }
}

function refuseUnfit({ runtime }: Core, { scopes, metadata, expiresAt, form }: NewAccessKey): void {
  const now = runtime.now()
  if (expiresAt <= now) throw invalid('expiresAt', 'must lie ahead')
  if (form === 'prefixed' && expiresAt > later(now, longestLife)) throw invalid('expiresAt', 'may lie a year ahead')
  if (Buffer.byteLength(JSON.stringify(metadata)) > longestMetadata) throw invalid('metadata', 'may have 4,096 bytes')
  if (scopes?.some((each) => !isAccessScope(each)) === true)
    throw invalid('scopes', `must be ${accessScopes.join(', ')} or begin with app:`)
}

/** Ends a key that somebody shows, and says whose it was; undefined where it is none. */
export async function revokeAccessKey(core: Core, caller: Caller, text: string): Promise<AccessKey | undefined> {
  const key = await core.accessKeys.find(text)
  if (key === undefined) return undefined
  // Ended in this very moment by somebody else, it has ended all the same.
  await revokeAccessKeyOf(core, caller, { userId: key.userId, keyId: key.id }).catch((error: unknown) => {
    if (!(error instanceof Refusal) || error.code !== 'not_found') throw error
  })
  return key
}

/**
 * Ends a key of somebody, and with it the sessions it opened. The owner is told.
 * @param input.actor default: the owner
 * @throws Refusal `not_found`
 */
export async function revokeAccessKeyOf(
  core: Core,
  caller: Caller,
  input: {
    readonly userId: string
    readonly keyId: string
    readonly actor?: Actor
    readonly reason?: string | undefined
  },
): Promise<void> {
  const { userId, keyId, actor, reason } = input
  await core.transaction(async (tx) => {
    const user = await tx.users.update(userId, {})
    await tx.sessions.endOfKeys(userId, keyId)
    const gone = user === undefined ? undefined : await tx.accessKeys.revoke(userId, keyId)
    if (gone === undefined || user === undefined) throw new Refusal('not_found')
    await tx.audit.record({
      ...auditOf(caller, userId, actor),
      action: 'access_key.revoked',
      result: 'ok',
      target: { type: 'access_key', id: gone.id },
      ...(reason === undefined ? {} : { details: { reason } }),
    })
    await notify(tx, caller, { user, template: 'access_key_removed' })
  })
  core.wakeOutbox()
}

/** Ends all of a person's keys. */
export async function revokeAccessKeys(core: Core, caller: Caller, userId: string): Promise<void> {
  await core.transaction(async (tx) => {
    await tx.users.update(userId, {})
    await tx.sessions.endOfKeys(userId)
    await tx.accessKeys.revokeAll(userId)
    await tx.audit.record({
      ...auditOf(caller, userId),
      action: 'access_key.revoked',
      result: 'ok',
      details: { scope: 'all' },
    })
  })
}
