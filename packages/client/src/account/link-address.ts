import { AuthError } from '../base/auth-error.ts'
import type { Inside } from '../inside.ts'

/** Where an account elsewhere is connected, and the state that comes back from there. */
export interface LinkAddress {
  readonly url: string
  readonly state: string
}

/**
 * Begins to connect an account elsewhere. @param inWindow what comes back does so in a second window
 * @throws AuthError
 */
export async function linkAddress(
  { withWayBack, attempts }: Inside,
  provider: string,
  input: { readonly redirectTo?: string; readonly scopes?: string },
  inWindow = false,
): Promise<LinkAddress> {
  const asked = await withWayBack(input, inWindow)
  const begun = await attempts.begin('/me/identities', { provider, ...asked }, 'user')
  const step = begun.status === 'pending' ? begun.attempt.step : undefined
  if (step?.type !== 'redirect') throw new AuthError('bad_answer')
  return { url: step.url, state: asked.state }
}
