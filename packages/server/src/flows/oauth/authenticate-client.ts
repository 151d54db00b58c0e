import type { ClientAuthMethod, OAuthClient } from '../../core/clients/client.ts'
import type { Core } from '../../core/core.ts'
import type { JsonObject } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseEvenly } from '../steps/even-time.ts'
import { noteRefusal } from '../steps/note-refusal.ts'
import { oauthRefusal } from './refuse.ts'

/** What an application shows for itself (RFC 6749 §2.3.1). */
export interface ClientCredentials {
  readonly id: string
  /** Absent from a public client. */
  readonly secret: string | undefined
  readonly method: ClientAuthMethod
  /** Whether a secret may come in the header or in the body, whichever was registered. Default false. */
  readonly eitherWay?: boolean
}

const longest = 255

/**
 * The application these credentials are of. They must come the way it registered, where nothing else is said: nobody can
 * leave a secret out. An unknown application costs what a wrong secret does.
 * @throws Refusal `oauth_refused` (`invalid_client`), with `details.reason` `wrong`, `secret_missing` or `method`, then with
 * `details.registered` and `details.used`
 */
export function authenticateClient(core: Core, caller: Caller, shown: ClientCredentials): Promise<OAuthClient> {
  return refuseEvenly(() => authenticate(core, caller, shown))
}

async function authenticate(
  core: Core,
  caller: Caller,
  { id, secret, method, eitherWay = false }: ClientCredentials,
): Promise<OAuthClient> {
  const readable = id.length <= longest && (secret?.length ?? 0) <= longest
  const { client, fits } = readable ? await core.clients.identify(id, secret ?? '') : { client: undefined, fits: false }
  if (client === undefined) throw await refuse(core, caller, 'wrong')
  const { authMethod: registered } = client
  const isOther = eitherWay && method !== 'none' && registered !== 'none'
  if (method !== registered && !isOther) throw await refuse(core, caller, 'method', { registered, used: method })
  if (registered === 'none') return client
  if (secret === undefined) throw await refuse(core, caller, 'secret_missing')
  if (!fits) throw await refuse(core, caller, 'wrong')
  return client
}

const sentences = {
  wrong: 'invalid client credentials',
  method: 'the client is registered with another authentication method',
  secret_missing: 'confidential clients must provide client_secret',
} as const

async function refuse(core: Core, caller: Caller, reason: keyof typeof sentences, more?: JsonObject) {
  await noteRefusal(core, caller, { userId: null, code: 'oauth_refused' })
  return oauthRefusal('invalid_client', sentences[reason], { reason, ...more })
}
