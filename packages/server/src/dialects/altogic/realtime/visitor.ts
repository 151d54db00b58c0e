import { Refusal } from '../../../base/errors.ts'
import type { Core } from '../../../core/core.ts'
import { isAtReach } from '../../../core/users/factor.ts'
import type { Client } from '../../../http/client-address.ts'
import { knownClientKey } from '../client-key.ts'
import { findHolder, type Holder } from '../session-token.ts'

/** What a client says when it connects, and where from. */
export interface Knock {
  /** The `auth` object of the handshake, whatever it holds. */
  readonly auth: Readonly<Record<string, unknown>>
  readonly origin: string | undefined
  readonly userAgent: string | undefined
  readonly client: Client
}

/**
 * Who connects: the holder of a session, or nobody in particular, who is told nothing. A session that ended or that owes a
 * second factor is nobody's. A key may ask for somebody.
 * @throws Refusal as {@link knownClientKey}, `no_authorization`, `session_not_found`
 */
export async function visitorOf(core: Core, knock: Knock): Promise<Holder | undefined> {
  const { clientKey, Session: token } = knock.auth
  const key = await knownClientKey(core, { text: textOf(clientKey), origin: knock.origin })
  const text = textOf(token)
  if (text === undefined || text === '') {
    if (key.needsSession) throw new Refusal('no_authorization')
    return undefined
  }
  const device = { userAgent: knock.userAgent?.slice(0, 512) ?? null, ip: knock.client.ip }
  const found = await findHolder(core, text, device)
  if (found !== undefined && isAtReach(found)) return { ...found, token: text }
  if (key.needsSession) throw new Refusal('session_not_found')
  return undefined
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
