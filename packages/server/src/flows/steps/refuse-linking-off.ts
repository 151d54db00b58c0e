import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'

/**
 * Where people may not connect accounts elsewhere by themselves, they may not remove them either. Those that find their
 * account by a proved address are connected as ever.
 * @throws Refusal `feature_disabled`
 */
export function refuseLinkingOff({ settings }: Pick<Core, 'settings'>): void {
  if (!settings.linking.manual) throw new Refusal('feature_disabled', { details: { feature: 'linking' } })
}
