import { Refusal } from '../../base/errors.ts'
import type { FactorType } from '../../core/users/factor.ts'
import type { FactorKind } from './kind.ts'
import { phone } from './kinds/phone.ts'
import { recoveryCode } from './kinds/recovery-code.ts'
import { totp } from './kinds/totp.ts'

/** Every type whose proof is a code. A passkey is proved by a ceremony of its own. */
const kinds: Readonly<Partial<Record<FactorType, FactorKind>>> = { totp, phone, recovery_code: recoveryCode }

/** How a type of factor works. @throws Refusal `validation_failed` for one that takes no code */
export function kindOf(type: FactorType): FactorKind {
  const kind = kinds[type]
  if (kind === undefined) throw new Refusal('validation_failed', { message: 'This factor takes no code.' })
  return kind
}
