import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Proof } from '../../core/sessions/session.ts'
import { ssoPrefix } from '../../core/sso/sso-provider.ts'
import { enabledProvider, tokenProvider } from './arrival.ts'

/**
 * Somebody came by an account elsewhere some minutes ago and goes on only now. Whoever vouched for them may have been
 * switched off or taken away since, and then lets nobody in any more (S53, S85).
 * @throws Refusal `provider_disabled`
 */
export async function refuseClosedWay(
  tx: Core,
  { method, provider }: Pick<Proof, 'method' | 'provider'>,
): Promise<void> {
  if (provider === null) return
  if (method === 'provider') await enabledProvider(tx, provider)
  if (method === 'id_token') await tokenProvider(tx, provider)
  if (method === 'sso') await enabledOrganisation(tx, provider.slice(ssoPrefix.length))
}

async function enabledOrganisation({ ssoProviders }: Pick<Core, 'ssoProviders'>, id: string): Promise<void> {
  if ((await ssoProviders.find({ id }))?.enabled !== true)
    throw new Refusal('provider_disabled', { details: { reason: 'sso' } })
}
