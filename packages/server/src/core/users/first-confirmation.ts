import type { User } from './user.ts'

/** When the first of the two addresses was proved; null where none is. */
export function firstConfirmation({
  emailConfirmedAt: email,
  phoneConfirmedAt: phone,
}: Pick<User, 'emailConfirmedAt' | 'phoneConfirmedAt'>): Date | null {
  if (email === null || phone === null) return email ?? phone
  return email < phone ? email : phone
}
