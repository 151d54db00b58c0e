import { Refusal } from '../../base/errors.ts'
import type { Address } from '../../core/users/users.ts'
import { refusal } from './refuse.ts'

/** Says that somebody has an address, and which one: apps show it beside the field. */
export function taken(address: Address): Refusal {
  return 'email' in address
    ? refusal('email_not_unique', { value: address.email })
    : refusal('phone_not_unique', { value: address.phone })
}

/** Does what may refuse an address that somebody has. */
export async function naming<T>(address: Address, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Refusal && error.code === 'user_already_exists') throw taken(address)
    throw error
  }
}
