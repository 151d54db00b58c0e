import { unixSeconds } from '../../base/duration.ts'
import type { AccessClaims } from '../tokens/claims.ts'
import { mostProofs, type Proof, type Session } from './session.ts'

/** What a token says of how far it reaches. */
type Reaching = Pick<AccessClaims, 'aal' | 'amr' | 'iat'> & { readonly scope?: unknown }

/**
 * A session as far as one of its access tokens reaches. A token from before the session stepped up is worth what was proved
 * when it was made, and of that no more than what the session rests on still: it does not rise with the session, and was it
 * renewed a moment ago, its proof is no more recent for that. A token of an application may have fewer scopes than the
 * session that its application holds (RFC 6749 §6).
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

const secondOf = (proof: Proof): number => unixSeconds(new Date(proof.at))

function beforeSteppingUp(session: Session, token: Reaching): Session {
  const { steppedAt } = session
  if (steppedAt === null || token.iat > unixSeconds(steppedAt) || isOfStep(session, steppedAt, token)) return session
  const newest = Math.max(...timesOf(token))
  const amr = session.amr.filter((proof) => secondOf(proof) <= newest)
  const provedAt = new Date(Math.max(0, ...amr.map(({ at }) => new Date(at).getTime())))
  const hasFactor = token.aal === 'aal2' && amr.some(({ factor }) => factor !== undefined)
  return {
    ...session,
    aal: hasFactor ? session.aal : 'aal1',
    amr,
    provedAt: provedAt < session.provedAt ? provedAt : session.provedAt,
  }
}

/** Of the tokens from the second of a step-up, those that came with it know its proof. Older proofs may have been cut off. */
function isOfStep({ amr }: Session, steppedAt: Date, token: Reaching): boolean {
  const known = amr.filter(({ at }) => new Date(at) <= steppedAt).length
  return token.iat === unixSeconds(steppedAt) && amr.length < mostProofs && timesOf(token).length >= known
}

/** When what a token tells of was proved; Unix seconds. Whoever else signs with a shared secret may have left that out. */
const timesOf = ({ amr }: Reaching): readonly number[] =>
  Array.isArray(amr) ? amr.map(({ timestamp }) => timestamp) : []
