import { invalid, Refusal } from '../../base/errors.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import { parseEmail } from '../../core/identifiers/email.ts'
import type { Identity } from '../../core/users/user.ts'
import { canonicalAddress } from '../../core/wallets/signature.ts'
import { walletProvider, walletSubject } from '../../core/wallets/wallet-identity.ts'
import { chains } from '../../core/wallets/wallet-message.ts'
import type { Caller } from '../caller.ts'
import { standingOf } from '../steps/arrival.ts'
import { auditOf } from '../steps/audit-of.ts'
import { refuseMoved, type Standing } from '../steps/provider-home.ts'

/**
 * Connects an account elsewhere with a user, on an administrator's word. Its address proves nothing.
 * @throws Refusal `not_found` for a user or provider that is not there, `identity_already_exists`, `email_address_invalid`,
 * `validation_failed` for a wallet whose address is none, `provider_disabled` where the provider has moved
 */
export async function attachIdentity(
  core: Core,
  caller: Caller,
  input: {
    readonly userId: string
    /** A provider's id, or `wallet:ethereum` or `wallet:solana` with an address as the subject. */
    readonly provider: string
    readonly subject: string
    readonly email: string | undefined
    readonly actor: Actor
  },
): Promise<Identity> {
  const { userId, actor } = input
  const { provider, subject, home } = await meant(core, input)
  const email = input.email === undefined ? null : parseEmail(input.email)
  return core.transaction(async (tx) => {
    const user = await tx.users.update(userId, {})
    if (user === undefined || user.deletedAt !== null) throw new Refusal('not_found')
    await refuseMoved(tx, home)
    const owner = await tx.identities.findOwner(provider, subject)
    if (owner !== undefined) {
      const reason = owner.userId === userId ? 'own' : 'other'
      throw new Refusal('identity_already_exists', { details: { reason } })
    }
    const data = { sub: subject, provider_id: subject, email_verified: false, ...(email === null ? {} : { email }) }
    const put = await tx.identities.put({ userId, provider, subject, email, data })
    const identity = (await tx.users.find(userId))?.identities.find(({ id }) => id === put?.id)
    if (identity === undefined) throw new Refusal('identity_already_exists', { details: { reason: 'other' } })
    await tx.audit.record({
      ...auditOf(caller, userId, actor),
      action: 'identity.linked',
      result: 'ok',
      details: { provider, identityId: identity.id, way: 'admin' },
    })
    return identity
  })
}

/** The identity as it is kept. @throws Refusal `not_found` for an unknown provider, `validation_failed` for what is no address */
async function meant(
  core: Core,
  { provider, subject }: { readonly provider: string; readonly subject: string },
): Promise<{ readonly provider: string; readonly subject: string; readonly home: Standing | undefined }> {
  const chain = chains.find((one) => provider === `wallet:${one}`)
  if (chain === undefined) {
    const at = await core.providers.find(provider)
    if (at === undefined) throw new Refusal('not_found')
    return { provider, subject, home: standingOf(at) }
  }
  const address = await canonicalAddress(chain, subject)
  if (address === undefined) throw invalid('subject', `must be an address on ${chain}`)
  return { provider: walletProvider, subject: walletSubject(chain, address), home: undefined }
}
