import { cutText } from '../../base/cut-text.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { parseEmail } from '../../core/identifiers/email.ts'
import { pretendCode } from '../../core/providers/pretend.ts'
import { isPretended } from '../steps/arrival.ts'

/** A sign-in that waits at a provider which is only pretended. */
export interface Pretended {
  readonly provider: string
  /** Where the app wants the browser back. */
  readonly redirectTo: string | undefined
}

/**
 * The sign-in a state belongs to, where its provider is pretended.
 * @throws Refusal `bad_oauth_state`; `not_found` in production
 */
export async function findPretended(core: Core, state: string): Promise<Pretended> {
  if (core.settings.environment !== 'development') throw new Refusal('not_found')
  const ticket = state.length > 128 ? undefined : await core.tickets.findByAttempt(state)
  const at = ticket?.purpose === 'provider' ? await core.providers.find(String(ticket.payload['provider'])) : undefined
  if (at === undefined || !isPretended(core, at)) throw new Refusal('bad_oauth_state')
  const { redirectTo } = ticket?.payload ?? {}
  return { provider: at.provider.name, redirectTo: typeof redirectTo === 'string' ? redirectTo : undefined }
}

/** The code with which a pretended provider sends somebody back. @throws Refusal `email_address_invalid`, `bad_oauth_state`, `not_found` */
export async function signInPretended(
  core: Core,
  typed: { readonly state: string; readonly email: string; readonly name: string },
): Promise<string> {
  await findPretended(core, typed.state)
  return pretendCode(core, typed.state, { email: parseEmail(typed.email), name: cutText(typed.name.trim(), 64) })
}
