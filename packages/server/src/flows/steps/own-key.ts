import { sameText } from '../../base/digest.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import {
  type Assertion,
  credentialIdIn,
  readAssertion,
  requestOptions,
  userIdIn,
} from '../../core/passkeys/ceremonies.ts'
import type { Passkey } from '../../core/passkeys/passkeys.ts'
import type { JsonObject, User } from '../../core/users/user.ts'

/** What a key must be good for to count. */
export type KeyUse = 'any' | 'protects'

/** The credentials of somebody that are good for a use. */
async function keysOf(core: Core, user: User, use: KeyUse): Promise<Passkey[]> {
  const all = await core.passkeys.listOf(user.id)
  return use === 'any' ? all : all.filter(({ factorId }) => isProtecting(user, factorId))
}

function isProtecting({ factors }: User, id: string): boolean {
  return factors.some((factor) => factor.id === id && factor.type === 'webauthn' && factor.status === 'verified')
}

/** What a browser is asked for by somebody who is known already: one of their own keys, with a challenge of its own. */
export async function askForKey(core: Core, user: User, use: KeyUse): Promise<JsonObject> {
  const allow = await keysOf(core, user, use)
  if (allow.length === 0) throw new Refusal('attempt_expired')
  const challenge = core.runtime.randomBytes(32)
  return (await requestOptions(core.relyingParty, { challenge, allow })) as unknown as JsonObject
}

/** A key that was proved, and what is to be noted of it. */
export interface ProvedKey {
  readonly factorId: string
  /** Whether it is a second factor of its account. */
  readonly protects: boolean
  readonly assertion: Assertion
}

/**
 * Judges what the browser made of {@link askForKey}. The key must be one of this person's, and one that was asked for.
 * @throws Refusal `webauthn_verification_failed`
 */
export async function readKey(
  core: Core,
  input: {
    readonly user: User
    readonly use: KeyUse
    readonly credential: JsonObject
    /** What the browser was handed. */
    readonly publicKey: JsonObject
  },
): Promise<ProvedKey> {
  const { user, use, credential, publicKey } = input
  const id = credentialIdIn(credential)
  const keys = id === undefined ? [] : await keysOf(core, user, use)
  const stored = keys.find((key) => id !== undefined && Buffer.compare(key.id, id) === 0)
  const { userHandle } = (credential['response'] ?? {}) as JsonObject
  const named = typeof userHandle === 'string' ? userIdIn(userHandle) : undefined
  if (stored === undefined || (named !== undefined && !sameText(named, user.id)))
    throw new Refusal('webauthn_verification_failed')
  const challenge = String(publicKey['challenge'])
  return {
    factorId: stored.factorId,
    protects: isProtecting(user, stored.factorId),
    assertion: await readAssertion(core.relyingParty, { credential, challenge, stored }),
  }
}
