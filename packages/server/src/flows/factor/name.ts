import { Refusal } from '../../base/errors.ts'
import type { User } from '../../core/users/user.ts'

/** Names tell a person's factors apart. @param except the factor that is being renamed. @throws Refusal `factor_name_taken` */
export function refuseName({ factors }: Pick<User, 'factors'>, name: string, except?: string): void {
  if (factors.some((factor) => factor.name === name && factor.id !== except))
    throw new Refusal('factor_name_taken', { details: { name } })
}
