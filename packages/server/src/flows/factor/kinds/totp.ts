import { seedLength, totpSetup, totpStep } from '../../../core/factors/totp.ts'
import { codeOf, type FactorKind } from '../kind.ts'

/** Codes of an authenticator app (RFC 6238). A time step counts once, whatever it was for. */
export const totp: FactorKind = {
  isEnabled: ({ factors }) => factors.totp,
  async prepare({ runtime }, { user, issuer }) {
    const seed = runtime.randomBytes(seedLength)
    return { seed, totp: await totpSetup(seed, { issuer, label: user.email ?? user.phone ?? user.id }) }
  },
  async compare(core, { ticket, factor, said }) {
    const code = codeOf(said)
    const triesLeft = await core.tickets.countTry(ticket.id)
    if (triesLeft === undefined) return { kind: 'dead' }
    const seed = await core.factors.seedOf(factor.id)
    const step = seed === undefined ? undefined : await totpStep(seed, code.replace(/\s/g, ''), core.runtime.now())
    return step === undefined ? { kind: 'wrong', triesLeft } : { kind: 'right', match: { step } }
  },
  async use(tx, factor, match) {
    return typeof match === 'object' && 'step' in match && tx.factors.useStep(factor.id, match.step)
  },
}
