import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { ApiKey } from '../../core/keys/api-keys.ts'
import type { Gate } from '../../http/route.ts'
import { refusal } from './refuse.ts'

/**
 * Lets through who brings a publishable key as `X-Client-Key`, and from where the key may be used.
 * @throws Refusal `missing_client_key`, `expired_client_key`, `key_invalid`, `origin_not_allowed`
 */
export function hasClientKey(core: Pick<Core, 'apiKeys' | 'settings'>): Gate {
  return async (exchange) => {
    // Browsers leave the origin out where a page reads from its own.
    const own = exchange.header('sec-fetch-site') === 'same-origin' ? core.settings.publicUrl : undefined
    await knownClientKey(core, { text: exchange.header('x-client-key'), origin: exchange.header('origin') ?? own })
  }
}

/**
 * Refuses whoever brings no publishable key, or brings it from elsewhere.
 * @returns the key
 * @throws Refusal as {@link hasClientKey}
 */
export async function knownClientKey(
  core: Pick<Core, 'apiKeys'>,
  { text, origin }: { readonly text: string | undefined; readonly origin: string | undefined },
): Promise<ApiKey> {
  if (text === undefined || text === '') throw refusal('missing_client_key')
  const key = await core.apiKeys.find(text)
  if (key === undefined && (await core.apiKeys.isExpired(text))) throw refusal('expired_client_key')
  if (key === undefined || key.kind !== 'publishable') throw new Refusal('key_invalid')
  if (key.origins.length > 0) refuseForeignOrigin(origin, key.origins)
  return key
}

function refuseForeignOrigin(origin: string | undefined, origins: readonly string[]): void {
  if (origin === undefined) throw refusal('missing_request_origin')
  if (!origins.some((each) => fits(origin, each))) throw new Refusal('origin_not_allowed')
}

/** `https://app.example.com`, or `https://*.example.com` for every name below. */
function fits(origin: string, listed: string): boolean {
  const [scheme = '', host = ''] = listed.split('://*.')
  if (host === '') return origin === listed
  const rest = origin.startsWith(`${scheme}://`) ? origin.slice(scheme.length + 3) : ''
  return rest.endsWith(`.${host}`) && /^[a-z0-9.-]+$/.test(rest.slice(0, -host.length - 1))
}
