import type { Core } from '../../core/core.ts'
import { unavailable } from '../../core/hooks/hook-failure.ts'
import { isObject } from '../../core/hooks/read-answer.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { AccessClaims } from '../../core/tokens/claims.ts'
import { customClaims } from '../../core/tokens/custom-claims.ts'

/** What a token is made for. */
export interface Minting {
  readonly session: Session
  /** `refresh`: its session goes on as it was; `proof`: it goes on, and something was proved. Default: it is new. */
  readonly cause?: 'refresh' | 'proof' | undefined
}

/**
 * What the application wants an access token to say, where it wants to be asked; reserved claims stay as they are (S64).
 * Outside of any transaction, when the session is committed. Where no answer counts, a session that was just opened ends
 * again, for nobody got its tokens.
 * @throws Refusal `hook_rejected`, `hook_unavailable`
 */
export async function askForClaims(core: Core, claims: AccessClaims, minting: Minting): Promise<AccessClaims> {
  if (!core.hooks.has('customAccessToken')) return claims
  return ask(core, claims, minting).catch(async (error: unknown) => {
    if (minting.cause === undefined) await core.sessions.end(minting.session.id)
    throw error
  })
}

async function ask(core: Core, claims: AccessClaims, { session, cause }: Minting): Promise<AccessClaims> {
  const method = cause === 'refresh' ? 'token_refresh' : (claims.amr[0]?.method ?? '')
  const answer = await core.hooks.ask('customAccessToken', {
    input: { user_id: claims.sub, claims, authentication_method: method },
    ip: session.ip,
  })
  const wanted = answer['claims']
  if (!isObject(wanted)) throw unavailable('answer')
  const made = customClaims(claims, wanted, core.settings.tokens.hasura.namespace)
  if (made.kept.length > 0)
    core.runtime.log.warn({ hook: 'customAccessToken', claims: made.kept }, 'a hook wanted reserved claims otherwise')
  return made.claims
}
