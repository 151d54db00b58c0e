import { Refusal } from '../../base/errors.ts'
import type { FactorType } from '../../core/users/factor.ts'
import type { FactorKind } from './kind.ts'
import { phone } from './kinds/phone.ts'
import { recoveryCode } from './kinds/recovery-code.ts'
import { totp } from './kinds/totp.ts'
import { webauthn } from './kinds/webauthn.ts'

/** Every type of second factor. A passkey that only signs in is none. */
const kinds: Readonly<Partial<Record<FactorType, FactorKind>>> = { totp, phone, webauthn, recovery_code: recoveryCode }

/** How a type of factor works. @throws Refusal `validation_failed` for what is no second factor */
export function kindOf(type: FactorType): FactorKind {
  const kind = kinds[type]
  if (kind === undefined) throw new Refusal('validation_failed', { message: 'This is no second factor.' })
  return kind
}
