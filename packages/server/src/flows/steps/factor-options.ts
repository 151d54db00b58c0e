import { maskPhone } from '../../core/identifiers/phone.ts'
import type { Proof } from '../../core/sessions/session.ts'
import { type Factor, isProtected } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'

/** What somebody may prove besides the way in, as a ticket remembers it. */
export interface FactorOption {
  /** Id of the factor. */
  readonly id: string
  readonly type: 'totp' | 'passkey' | 'phone' | 'recovery_code'
  readonly name: string | null
  /** A masked number, where a code would be texted there. */
  readonly sentTo: string | null
}

const typeNames: Readonly<Record<Factor['type'], FactorOption['type']>> = {
  totp: 'totp',
  webauthn: 'passkey',
  passkey: 'passkey',
  phone: 'phone',
  recovery_code: 'recovery_code',
}

/**
 * The second factors that would add to what was proved already. A code to the number that somebody signed in with is the
 * same proof twice; used up recovery codes are none.
 */
export function factorOptions(user: User, proved: readonly Omit<Proof, 'at'>[]): FactorOption[] {
  if (!isProtected(user)) return []
  return user.factors.filter((factor) => mayAdd(factor, user, proved)).map(optionOf)
}

/** Whether a factor proves something that was not proved yet. */
export function mayAdd(factor: Factor, user: Pick<User, 'phone'>, proved: readonly Omit<Proof, 'at'>[]): boolean {
  if (factor.status !== 'verified') return false
  if (factor.type === 'passkey') return false
  if (factor.type === 'recovery_code') return (factor.remaining ?? 0) > 0
  if (factor.type === 'webauthn')
    return !proved.some((proof) => proof.method === 'passkey' && proof.factor === factor.id)
  return factor.type !== 'phone' || factor.phone !== user.phone || !proved.some(({ channel }) => channel === 'sms')
}

function optionOf({ id, type, name, phone }: Factor): FactorOption {
  return {
    id,
    type: typeNames[type],
    name: name === '' ? null : name,
    sentTo: phone === null ? null : maskPhone(phone),
  }
}
