import type { Core } from '../../core/core.ts'
import { authenticatorName } from '../../core/passkeys/authenticators.ts'
import type { NewCredential } from '../../core/passkeys/ceremonies.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from './audit-of.ts'

/** What a new passkey is to be good for. */
export interface PasskeyUse {
  /** Whether the account is protected by it: then every other way in asks for a second factor. */
  readonly protects: boolean
  readonly signsIn: boolean
}

/** A credential to be kept, as whose and as what. */
export interface AddedPasskey {
  /** As it stands in this transaction, locked. */
  readonly user: User
  readonly made: NewCredential
  readonly use: PasskeyUse
  /** Default: what its authenticator is called. */
  readonly name: string | undefined
  readonly sessionId?: string
}

/**
 * Writes a passkey down that was just made.
 * @returns its factor's id
 * @throws Refusal `conflict` (`details.reason` `credential`) when somebody has that credential already
 */
export async function addPasskey(tx: Core, caller: Caller, input: AddedPasskey): Promise<string> {
  const { user, made, use, sessionId } = input
  const type = use.protects ? 'webauthn' : 'passkey'
  const name = input.name ?? freeName(user, authenticatorName(made.aaguid) ?? 'Passkey')
  const id = await tx.factors.add({ userId: user.id, type, name, status: 'verified' })
  await tx.passkeys.add({ ...made, factorId: id, userId: user.id, signsIn: use.signsIn })
  await tx.audit.record({
    ...auditOf(caller, user.id),
    action: 'factor.added',
    result: 'ok',
    ...(sessionId === undefined ? {} : { sessionId }),
    target: { type: 'factor', id },
    details: { type, signsIn: use.signsIn },
  })
  return id
}

/** A name that none of the person's factors has yet: `Passkey`, `Passkey 2`. */
function freeName({ factors }: User, wanted: string): string {
  const taken = new Set(factors.map(({ name }) => name))
  const numbers = Array.from({ length: factors.length + 1 }, (_, at) => (at === 0 ? wanted : `${wanted} ${at + 1}`))
  return numbers.find((name) => !taken.has(name)) ?? wanted
}
