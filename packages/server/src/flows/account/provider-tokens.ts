import { later } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { ProviderTokens } from '../../core/providers/provider.ts'
import { enabledProvider, standingOf } from '../steps/arrival.ts'
import { refuseMoved } from '../steps/provider-home.ts'

/** Seconds before its end in which a token is renewed already. */
const early = 60

/**
 * New tokens for a refresh token that an app kept itself; nothing of ours is read or written.
 * @throws Refusal `provider_disabled`, `provider_failed`
 */
export async function refreshForeignTokens(
  core: Core,
  input: { readonly provider: string; readonly refreshToken: string },
): Promise<ProviderTokens> {
  return core.providers.refresh(await enabledProvider(core, input.provider), input.refreshToken)
}

/**
 * The tokens that are kept of the user's account elsewhere, renewed where they are too old (S76).
 * @throws Refusal `feature_disabled` where none are kept, `not_found`, `provider_disabled`, `provider_failed`
 */
export async function providerTokens(
  core: Core,
  input: { readonly userId: string; readonly provider: string; readonly renew: 'when_old' | 'always' },
): Promise<ProviderTokens> {
  const at = await enabledProvider(core, input.provider)
  if (!at.settings.keepTokens) throw new Refusal('feature_disabled', { details: { feature: 'provider_tokens' } })
  const kept = await core.providerTokens.find(input.userId, input.provider)
  if (kept === undefined) throw new Refusal('not_found')
  const { tokens, identityId } = kept
  const isOld = tokens.expiresAt !== null && tokens.expiresAt <= later(core.runtime.now(), early)
  if (tokens.refreshToken === null || (!isOld && input.renew === 'when_old')) return tokens
  // A token is for whoever gave it, and for nobody else who stands there since.
  await refuseMoved(core, standingOf(at))
  const fresh = await core.providers.refresh(at, tokens.refreshToken)
  const renewed = { ...fresh, refreshToken: fresh.refreshToken ?? tokens.refreshToken }
  await core.providerTokens.keep(identityId, renewed)
  return renewed
}
