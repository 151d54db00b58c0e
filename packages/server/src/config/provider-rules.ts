import { reachesHere } from '../base/public-address.ts'
import { catalogue } from '../core/providers/catalogue.ts'
import type { Complete } from './complete.ts'
import { type Finding, mistake, when } from './finding.ts'
import { isPlain } from './plain-rules.ts'
import { providerSettings } from './provider-group.ts'
import { isLoopback } from './redirect-rules.ts'

/** What speaks against the providers as they are set. Without credentials one is only pretended, which is for trying things out. */
export function providerFindings(config: Complete): readonly Finding[] {
  const { providers, environment } = config
  const homeless = catalogue.filter(({ id, needsUrl }) => {
    const { clientId = [], enabled, url } = providers[id] ?? {}
    return needsUrl === true && url === undefined && enabled !== false && clientId.length > 0
  })
  const found = [
    ...homeless.map(({ id }) => mistake(`providers.${id}.url`, 'must be set: it stands nowhere else.')),
    ...unclear(config),
  ]
  return environment === 'development' ? found : [...found, ...inProduction(config)]
}

/** Settings that leave open whom a provider lets in. */
function unclear({ providers }: Complete): readonly Finding[] {
  const settings = providerSettings(providers)
  return catalogue.flatMap(({ id, problem }) => {
    const set = settings[id]
    const found = set === undefined || set.clientIds.length === 0 ? undefined : problem?.(set)
    return found === undefined ? [] : [mistake(`providers.${id}.url`, found)]
  })
}

function inProduction({ providers, outbound }: Complete): readonly Finding[] {
  const isAllowed = (url: string) => outbound.allow.includes(new URL(url).hostname.replace(/^\[(.*)\]$/, '$1'))
  const each = Object.entries(providers).flatMap(([id, { enabled, clientId = [], url, redirectUri }]) => [
    ...when(
      enabled === true && clientId.length === 0,
      mistake(`providers.${id}.clientId`, 'must be set where the provider is on.'),
    ),
    ...when(
      isPlain(url) && !isAllowed(url),
      mistake(`providers.${id}.url`, 'must use https in production, or its host must be listed in outbound.allow.'),
    ),
    ...when(isPlain(redirectUri), mistake(`providers.${id}.redirectUri`, 'must use https in production.')),
  ])
  return [
    ...each,
    ...when(
      outbound.allow.some((host) => isLoopback(host) || reachesHere(host)),
      mistake('outbound.allow', 'must not reach this machine itself, or everything, in production.'),
    ),
  ]
}
