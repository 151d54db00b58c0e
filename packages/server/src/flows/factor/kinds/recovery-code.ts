import { Refusal } from '../../../base/errors.ts'
import { plainRecoveryCode } from '../../../core/factors/recovery-codes.ts'
import { codeOf, type FactorKind } from '../kind.ts'

/** One of the codes that were written down for the day another factor is lost. Each counts once. */
export const recoveryCode: FactorKind = {
  isEnabled: ({ factors }) => factors.recoveryCodes,
  async prepare() {
    // They are made beside another factor, all at once, and not set up.
    throw new Refusal('validation_failed')
  },
  async compare(core, { ticket, factor, said }) {
    const code = codeOf(said)
    const triesLeft = await core.tickets.countTry(ticket.id)
    if (triesLeft === undefined) return { kind: 'dead' }
    const stored = await core.factors.findCode(factor.id, plainRecoveryCode(code))
    return stored === undefined ? { kind: 'wrong', triesLeft } : { kind: 'right', match: { stored } }
  },
  async use(tx, factor, match) {
    return typeof match === 'object' && 'stored' in match && tx.factors.useCode(factor.id, match.stored)
  },
}
