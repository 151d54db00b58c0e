import { invalid, Refusal } from '../../../base/errors.ts'
import type { Core } from '../../../core/core.ts'
import { creationOptions, readRegistration } from '../../../core/passkeys/ceremonies.ts'
import type { JsonObject } from '../../../core/users/user.ts'
import { labelsOf } from '../../steps/ceremony.ts'
import { askForKey, readKey } from '../../steps/own-key.ts'
import type { Claim, Compared, FactorKind } from '../kind.ts'

/** Judges what a browser made: a new key for a factor that has none yet, else one of those that protect the account. */
async function judge(core: Core, { ticket, factor, user }: Claim, credential: JsonObject): Promise<Compared> {
  const publicKey = ticket.payload['publicKey'] as JsonObject
  if (factor.status === 'unverified') {
    const made = await readRegistration(core.relyingParty, { credential, challenge: String(publicKey['challenge']) })
    return { kind: 'right', match: { made } }
  }
  const { factorId, assertion } = await readKey(core, { user, use: 'protects', credential, publicKey })
  const proved = user.factors.find(({ id }) => id === factorId)
  if (proved === undefined) throw new Refusal('webauthn_verification_failed')
  return { kind: 'right', match: { assertion }, factor: proved }
}

/** A security key or passkey that protects the account (WebAuthn Level 3). Any of the owner's answers for any other. */
export const webauthn: FactorKind = {
  isEnabled: ({ passkeys }) => passkeys.enabled,
  async prepare() {
    return {}
  },
  async ceremony(core, { user, factor }) {
    if (factor.status === 'verified') return askForKey(core, user, 'protects')
    const challenge = core.runtime.randomBytes(32)
    const exclude = await core.passkeys.listOf(user.id)
    const whose = { id: user.id, ...labelsOf(user) }
    const options = await creationOptions(core.relyingParty, {
      challenge,
      user: whose,
      exclude,
      residentKey: 'preferred',
    })
    return options as unknown as JsonObject
  },
  async compare(core, claim) {
    const { ticket, said } = claim
    if (!('credential' in said)) throw invalid('credential', 'is needed')
    const triesLeft = await core.tickets.countTry(ticket.id)
    if (triesLeft === undefined || ticket.payload['publicKey'] == null) return { kind: 'dead' }
    return judge(core, claim, said.credential).catch((error: unknown) => {
      if (error instanceof Refusal && error.code === 'webauthn_verification_failed') return { kind: 'wrong', triesLeft }
      throw error
    })
  },
  async use(tx, factor, match) {
    if (typeof match !== 'object') return false
    if ('made' in match) {
      await tx.passkeys.add({ ...match.made, factorId: factor.id, userId: factor.userId, signsIn: false })
      return true
    }
    // Another use was faster, or the key was copied: one of the two is not its owner (§6.1.1).
    if (!('assertion' in match) || !(await tx.passkeys.use(factor.id, match.assertion))) return false
    await tx.factors.noteUsed(factor.id)
    return true
  },
}
