import type { Core } from '../core/core.ts'
import { refuseOver, type Take } from '../core/limits/limits.ts'
import type { Settings } from '../core/settings/settings.ts'
import type { Exchange } from '../http/exchange.ts'
import type { Gate } from '../http/route.ts'
import { keyBearerKey, signedInKey } from './bearer.ts'

/** The counters a route may stand behind; how far each goes is a setting. */
export type Bucket =
  | 'public'
  | 'start'
  | 'signUp'
  | 'signInNetwork'
  | 'answerNetwork'
  | 'tokenNetwork'
  | 'oauth'
  | 'oauthRegister'
  | 'me'
  | 'change'
  | 'admin'

/** Buckets of people who are signed in are counted by user, all others by network. */
export const bucketsOfUsers: readonly Bucket[] = ['me', 'change']

/** Those that every request of a network may fall into. */
export const bucketsOfNetworks: readonly Bucket[] = [
  ...([
    'public',
    'start',
    'signUp',
    'signInNetwork',
    'answerNetwork',
    'tokenNetwork',
    'oauth',
    'oauthRegister',
  ] as const),
]

/** A counter of requests. @param who the network, or the id of a user */
export function takeOf({ settings }: Pick<Core, 'settings'>, bucket: Bucket, who: string): Take {
  return { key: `${bucket}:${who}`, rate: settings.limits[bucket] }
}

/** Lets so many through in a time and tells the rest when to come back. The headers speak of this counter alone. */
export function limited(core: Core, bucket: Bucket & keyof Settings['limits']): Gate {
  return async (exchange) => {
    const [taken] = await core.limits.take([takeOf(core, bucket, whose(exchange, bucket))])
    if (taken === undefined) return
    exchange.addHeader('RateLimit-Limit', String(taken.limit))
    exchange.addHeader('RateLimit-Remaining', String(taken.remaining))
    exchange.addHeader('RateLimit-Reset', String(taken.resetIn))
    refuseOver([taken], 'over_request_rate_limit')
  }
}

function whose(exchange: Exchange, bucket: Bucket): string {
  const known = exchange.get(signedInKey) ?? exchange.get(keyBearerKey)
  const who = bucketsOfUsers.includes(bucket) ? known?.user.id : undefined
  return who ?? exchange.client.network
}
