import { Refusal } from '../../base/errors.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { AdminScope, ApiKey } from '../../core/keys/api-keys.ts'
import type { SigningAlgorithm, SigningKeyInfo } from '../../core/tokens/signing-keys.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'

export interface NewApiKey {
  readonly kind: ApiKey['kind']
  readonly name: string
  readonly scopes: readonly AdminScope[]
  readonly origins: readonly string[]
  readonly needsSession?: boolean
  readonly expiresAt: Date | null
}

/**
 * Makes an API key; its text exists in the answer alone.
 * @param maker how far the key of whoever asks reaches: nobody hands out more than they hold
 * @throws Refusal `insufficient_scope`
 */
export async function createApiKey(
  core: Core,
  caller: Caller,
  maker: { readonly actor: Actor; readonly scopes: readonly AdminScope[] },
  input: NewApiKey,
): Promise<ApiKey & { readonly key: string }> {
  const beyond = input.scopes.find((scope) => !maker.scopes.includes('admin') && !maker.scopes.includes(scope))
  if (beyond !== undefined) throw new Refusal('insufficient_scope', { details: { scope: beyond } })
  return core.transaction(async (tx) => {
    const made = await tx.apiKeys.create(input)
    await record(tx, caller, maker.actor, { action: 'api_key.created', type: 'api_key', id: made.id })
    return made
  })
}

/** Takes a key back at once, and ends the sessions in which it acts for users. @throws Refusal `not_found` */
export async function revokeApiKey(core: Core, caller: Caller, actor: Actor, id: string): Promise<void> {
  await core.transaction(async (tx) => {
    if (!(await endApiKey(tx, id))) throw new Refusal('not_found')
    await record(tx, caller, actor, { action: 'api_key.revoked', type: 'api_key', id })
  })
}

/** Ends a key and what it has opened for itself. @returns false when there is no such key */
export async function endApiKey(tx: Core, id: string): Promise<boolean> {
  const ended = await tx.apiKeys.revoke(id)
  if (ended) await tx.sessions.endOfActor(id)
  return ended
}

/**
 * Publishes the next signing key.
 * @throws Refusal `conflict` where the keys come from the configuration and are changed there
 */
export async function rotateSigningKey(
  core: Core,
  caller: Caller,
  actor: Actor,
  algorithm: SigningAlgorithm | undefined,
): Promise<SigningKeyInfo> {
  const current = await core.signingKeys.current()
  const stored = await core.signingKeys.list()
  if (!stored.some((key) => key.kid === current.kid)) {
    throw new Refusal('conflict', { message: 'The signing keys come from the configuration; change them there.' })
  }
  const made = await core.signingKeys.rotate(algorithm)
  await record(core, caller, actor, { action: 'signing_key.rotated', type: 'signing_key', id: made.kid })
  return made
}

/** Ends a signing key: its tokens fail from now on. @throws Refusal `not_found` */
export async function revokeSigningKey(core: Core, caller: Caller, actor: Actor, kid: string): Promise<void> {
  if (!(await core.signingKeys.revoke(kid))) throw new Refusal('not_found')
  await record(core, caller, actor, { action: 'signing_key.revoked', type: 'signing_key', id: kid })
}

/** Writes down what an administrator did to something that is no user. */
export async function record(
  tx: Core,
  caller: Caller,
  actor: Actor,
  what: { readonly action: string; readonly type: string; readonly id: string },
): Promise<void> {
  const { action, type, id } = what
  await tx.audit.record({ ...auditOf(caller, null, actor), action, result: 'ok', target: { type, id } })
}
