import { isIP } from 'node:net'
import { Refusal } from '../../base/errors.ts'
import { reaches } from '../../core/keys/access-scopes.ts'
import type { AdminScope } from '../../core/keys/api-keys.ts'
import { refuseOver } from '../../core/limits/limits.ts'
import { identifyAccessKey } from '../../flows/sign-in/with-access-key.ts'
import { isRecent } from '../../flows/steps/is-recent.ts'
import { adminKey, adminOf, isFromBrowser, requireScope } from '../../gate/admin.ts'
import {
  authenticate,
  bearerToken,
  keyBearerKey,
  type Leniency,
  type SignedIn,
  signedInKey,
} from '../../gate/bearer.ts'
import { refuseBelowReach } from '../../gate/level.ts'
import { limited } from '../../gate/limited.ts'
import { roomToHash } from '../../gate/room-to-hash.ts'
import { sameOriginOrListed } from '../../http/csrf.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Gate } from '../../http/route.ts'
import { accessCookie, isCookieMode } from './cookie-mode.ts'
import type { Native } from './dialect.ts'
import type { Operation, Who } from './operation.ts'

/** What stands before an operation, from its line in the table. */
export function gatesFor(native: Native, operation: Operation): readonly Gate[] {
  const { who, bucket, method } = operation
  const scope = scopeOf(who)
  if (scope !== undefined) return [adminGate(native, scope), adminLimit(native)]
  const fromListed = method === 'GET' ? [] : [sameOriginOrListed(native.allowsOrigin)]
  const start = operation.navigation === true ? [] : [...fromListed, keyGate(native)]
  const { core } = native
  const local = operation.localNames === true ? [localNames(native)] : []
  if (who === 'public') {
    const counts = limited(core, bucket ?? 'public')
    return [operation.hashes === true ? roomToHash(core, counts) : counts, ...local, ...start]
  }
  const counted = limited(core, bucket ?? (method === 'GET' ? 'me' : 'change'))
  const user = userGate(native, operation)
  const level: readonly Gate[] = who === 'door' ? [] : [levelGate]
  return [...start, user, counted, ...level, ...(who === 'recent' ? [recentGate(native)] : [])]
}

/** Who is signed in, or whose personal access token is shown. */
function userGate(native: Native, { scope }: Operation): Gate {
  return async (exchange) => {
    const text = bearerToken(exchange)
    if (text?.startsWith('wwk_') !== true)
      return exchange.set(signedInKey, await signedInOf(native, exchange, scope === undefined ? {} : { scope }))
    if (scope === undefined) throw new Refusal('insufficient_scope')
    const found = await identifyAccessKey(native.core, native.callerOf(exchange), text)
    if (!reaches({ accessKeyId: found.key.id, actorId: null, scopes: found.key.scopes }, scope))
      throw new Refusal('insufficient_scope', { details: { scope } })
    exchange.set(keyBearerKey, found)
  }
}

/** What scopes allow was allowed by somebody at their full level. */
const levelGate: Gate = (exchange) => {
  const signedIn = exchange.get(signedInKey)
  if (signedIn !== undefined && signedIn.session.scopes === null) refuseBelowReach(signedIn)
}

function scopeOf(who: Who): AdminScope | undefined {
  return who.startsWith('admin:') ? (who.slice('admin:'.length) as AdminScope) : undefined
}

/**
 * Whom the bearer of a request speaks for, or in cookie mode its cookie; a second factor may still be owed.
 * @throws Refusal `no_authorization`, `bad_jwt`, `session_not_found`, `user_banned`, `insufficient_scope`
 */
export async function signedInOf(
  { core }: Native,
  exchange: Exchange,
  more?: Omit<Leniency, 'level'>,
): Promise<SignedIn> {
  const token = bearerToken(exchange) ?? (isCookieMode(exchange) ? exchange.cookies().own(accessCookie) : undefined)
  if (token === undefined) throw new Refusal('no_authorization')
  return authenticate(core, token, { ...more, level: 'door' }).catch((error: unknown) => {
    throw error instanceof Refusal && error.code === 'user_not_found' ? new Refusal('session_not_found') : error
  })
}

/** A page elsewhere could point a name of its own at this machine and then read what only its developer may. */
function localNames({ url }: Native): Gate {
  const own = new URL(url).hostname
  return (exchange) => {
    const name = (exchange.header('host') ?? own).replace(/:\d+$/, '').toLowerCase()
    if (name !== own && name.includes('.') && isIP(name) === 0) throw new Refusal('not_found')
  }
}

/** Guests pass, having nothing to prove. */
function recentGate({ core }: Native): Gate {
  return (exchange) => {
    const { user, session } = exchange.need(signedInKey)
    if (!user.isAnonymous && !isRecent(core, session))
      throw new Refusal('reauthentication_needed', { details: { level: 'recent' } })
  }
}

/** The key that names the app: needed where the settings say so, and right wherever it is sent. */
function keyGate({ core }: Native): Gate {
  return async (exchange) => {
    const text = exchange.header('watchword-key')
    if (text === undefined) {
      if (core.settings.keys.required && !isNavigation(exchange)) throw new Refusal('key_invalid')
      return
    }
    const key = await core.apiKeys.find(text)
    if (key?.kind !== 'publishable') throw new Refusal('key_invalid')
    const origin = exchange.header('origin')
    if (origin !== undefined && key.origins.length > 0 && !key.origins.includes(origin))
      throw new Refusal('origin_not_allowed')
  }
}

/** A mailed link, its form and our own pages are opened by browsers, which send no headers of ours. */
function isNavigation(exchange: Exchange): boolean {
  return exchange.bodyKind === 'form' || /\/(?:links|docs|openapi\.json)$/.test(exchange.path)
}

function adminGate(native: Native, scope: AdminScope): Gate {
  return async (exchange) => {
    if (isFromBrowser(exchange)) throw new Refusal('origin_not_allowed')
    const text = bearerToken(exchange)
    if (text === undefined) throw new Refusal('no_authorization')
    const found = await adminOf(native.core, text)
    if (found === undefined) return refuseStranger(native, exchange, text)
    requireScope(found, scope)
    exchange.set(adminKey, found)
  }
}

/** Whoever tries keys is counted by where they come from. */
async function refuseStranger({ core }: Native, exchange: Exchange, text: string): Promise<never> {
  const { limits } = core.settings
  refuseOver(
    await core.limits.take([{ key: `public:${exchange.client.network}`, rate: limits.public }]),
    'over_request_rate_limit',
  )
  throw new Refusal(text.startsWith('wws_') ? 'key_invalid' : 'not_admin')
}

function adminLimit({ core }: Native): Gate {
  return async (exchange) => {
    const key = `admin:${exchange.need(adminKey).actor.id ?? exchange.client.network}`
    const [taken] = await core.limits.take([{ key, rate: core.settings.limits.admin }])
    if (taken === undefined) return
    exchange.addHeader('RateLimit-Limit', String(taken.limit))
    exchange.addHeader('RateLimit-Remaining', String(taken.remaining))
    exchange.addHeader('RateLimit-Reset', String(taken.resetIn))
    refuseOver([taken], 'over_request_rate_limit')
  }
}
