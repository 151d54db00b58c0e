import type { Core } from '../../core/core.ts'
import type { Proof, Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { arrive, type Entered, enter } from '../session/enter.ts'
import { continueSession } from '../session/open.ts'
import type { Arrival } from '../steps/arrival.ts'
import { connect } from './connect.ts'
import type { Progress } from './progress.ts'

/**
 * Connects an account elsewhere that was proved inside a session with that session's user.
 * @param input.as `same_session`: the session goes on with new tokens; `new_session`: another one is opened, as for a guest
 * in any case
 * @throws Refusal as {@link connect}, `session_not_found` when the session ended while the proof was looked at
 */
export async function connectInSession(
  core: Core,
  caller: Caller,
  input: {
    readonly user: User
    readonly session: Session
    readonly arrival: Arrival
    readonly proof: Omit<Proof, 'at'>
    readonly as: 'same_session' | 'new_session'
  },
): Promise<Progress> {
  const { session, arrival, proof, as } = input
  const entered = await core.transaction(async (tx): Promise<Entered> => {
    const { user, identityId, wasGuest } = await connect(tx, caller, input)
    const brought = { provider: arrival.provider, identityId, tokens: null }
    if (as === 'new_session' || wasGuest) return enter(tx, caller, { user, amr: [proof], brought })
    const opened = await continueSession(tx, { user, session, proof })
    return { kind: 'opened', opened: { ...opened, brought }, weakPassword: [] }
  })
  core.wakeOutbox()
  return arrive(core, entered)
}
