import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { BreachFault } from '../../core/passwords/breached/breached-list.ts'

/**
 * Whether thieves have a password. Asks the network or a file, so never within a transaction; false where nothing is asked.
 * @param use `set`: it is to be somebody's password; `report`: it is already, and is let through whatever happens
 * @throws Refusal `unavailable` when nobody can say and the settings refuse then
 */
export async function isBreached(core: Core, password: string, use: 'set' | 'report'): Promise<boolean> {
  const { breached, settings, runtime } = core
  const { whenDown, atSignIn } = settings.password.breached
  if (breached === undefined || (use === 'report' && !atSignIn)) return false
  return breached.has(password).catch((error: unknown) => {
    if (!(error instanceof BreachFault)) throw error
    const letThrough = use === 'report' || whenDown === 'allow'
    runtime.log.warn({ reason: error.reason, letThrough }, 'the list of leaked passwords cannot be asked')
    if (letThrough) return false
    throw new Refusal('unavailable', { retryAfter: 5, cause: error })
  })
}
