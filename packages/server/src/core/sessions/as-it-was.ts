import { unixSeconds } from '../../base/duration.ts'
import type { Aal, Session } from './session.ts'

/**
 * A session as far as one of its access tokens reaches. A token from before the session stepped up is worth what was proved
 * when it was made: it does not rise with the session, and its proof is no more recent than itself.
 * @param token.iat Unix seconds
 */
export function asItWas(session: Session, token: { readonly aal: Aal; readonly iat: number }): Session {
  const { steppedAt, provedAt } = session
  // In the second of the step-up itself the level alone tells the tokens apart.
  if (steppedAt === null || token.iat > unixSeconds(steppedAt)) return session
  const issued = new Date(token.iat * 1000)
  const aal = token.aal === 'aal1' ? token.aal : session.aal
  return { ...session, aal, provedAt: issued < provedAt ? issued : provedAt }
}
