import { createOutbound } from './base/outbound.ts'
import type { Config } from './config/deployment.ts'
import { ConfigError } from './config/mistake.ts'
import { type BreachedList, BreachFault } from './core/passwords/breached/breached-list.ts'
import { openFilterList } from './core/passwords/breached/filter-list.ts'
import { createRangeList } from './core/passwords/breached/range-list.ts'

/**
 * The list of leaked passwords, as the configuration says; undefined where none is asked.
 * @throws ConfigError when its file cannot be used
 */
export function breachedListFor({ settings, deployment }: Config): BreachedList | undefined {
  if (!settings.password.breached.enabled) return undefined
  const { file, url, timeout } = deployment.breached
  if (file === undefined)
    return createRangeList({ outbound: createOutbound({ ...settings.outbound, totalMs: timeout }), url })
  try {
    return openFilterList(file)
  } catch (error) {
    if (!(error instanceof BreachFault)) throw error
    const problem = error.reason === 'unreadable' ? 'cannot be read.' : 'is no file of `watchword passwords filter`.'
    throw new ConfigError([{ setting: 'password.breached.file', problem }])
  }
}
