import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'

/** @throws Refusal `feature_disabled` where this server is no provider for others */
export function requireOAuthServer({ settings }: Pick<Core, 'settings'>): void {
  if (!settings.oauthServer.enabled) throw new Refusal('feature_disabled', { details: { feature: 'oauth_server' } })
}
