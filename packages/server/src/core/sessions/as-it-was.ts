import { unixSeconds } from '../../base/duration.ts'
import type { Aal, Session } from './session.ts'

/** What a token says of how far it reaches. */
interface Reaching {
  readonly aal: Aal
  /** Unix seconds. */
  readonly iat: number
  readonly scope?: unknown
}

/**
 * A session as far as one of its access tokens reaches. A token from before the session stepped up is worth what was proved
 * when it was made: it does not rise with the session, and its proof is no more recent than itself. A token of an application
 * may have fewer scopes than the session that its application holds (RFC 6749 §6).
 */
export function asItWas(session: Session, token: Reaching): Session {
  return asFarAsSaid(beforeSteppingUp(session, token), token)
}

function asFarAsSaid(session: Session, { scope }: Reaching): Session {
  const { client } = session
  if (client === null) return session
  const named = String(scope ?? '').split(' ')
  return { ...session, client: { ...client, scopes: client.scopes.filter((one) => named.includes(one)) } }
}

function beforeSteppingUp(session: Session, token: Reaching): Session {
  const { steppedAt, provedAt } = session
  // In the second of the step-up itself the level alone tells the tokens apart.
  if (steppedAt === null || token.iat > unixSeconds(steppedAt)) return session
  const issued = new Date(token.iat * 1000)
  const aal = token.aal === 'aal1' ? token.aal : session.aal
  return { ...session, aal, provedAt: issued < provedAt ? issued : provedAt }
}
