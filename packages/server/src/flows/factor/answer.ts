import { invalid } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import { type Progress, refuseForeign } from '../attempt/progress.ts'
import { optionsOf } from '../attempt/step.ts'
import type { Caller } from '../caller.ts'
import { arrive } from '../session/enter.ts'
import { meantFactor, ownerOf } from './choose.ts'
import type { Said } from './kind.ts'
import { passFactor } from './pass.ts'
import { proveFactor } from './prove.ts'

export interface FactorAnswer {
  readonly ticket: Ticket
  /** The caller's session, where the attempt was begun in one. */
  readonly session: Session | undefined
  /** Which factor it is about; not needed where there is one alone, or a code was sent. */
  readonly option: string | undefined
  readonly code: string | undefined
  /** What a browser made, where a key proves it. */
  readonly credential?: JsonObject | undefined
  /** What a new factor is to be called. */
  readonly name: string | undefined
}

/**
 * Takes the code of a second factor: it finishes the sign-in, the setting up or the elevation that asked for it.
 * @throws Refusal `mfa_verification_failed`, `attempt_expired`, `validation_failed`, `over_attempt_limit`, `user_banned`,
 * `factor_name_taken`, `insufficient_aal`
 */
export async function answerFactor(core: Core, caller: Caller, input: FactorAnswer): Promise<Progress> {
  const { ticket, session, code, credential, name } = input
  refuseForeign(ticket, session)
  const said = credential === undefined ? { code: neededCode(code) } : { credential }
  const user = await ownerOf(core, ticket)
  const factor = meantFactor(ticket, user, input.option ?? obvious(ticket, said))
  const entered = await proveFactor(core, caller, { ticket, factor, user, said }, (tx, proved) =>
    passFactor(tx, caller, { ...proved, ticket, session, name }),
  )
  const progress = await arrive(core, entered)
  const added =
    ticket.purpose === 'enrollment' && progress.kind === 'complete' ? addedTo(progress.grant.user, factor) : undefined
  return added === undefined || progress.kind === 'pending' ? progress : { ...progress, factor: added }
}

const addedTo = ({ factors }: User, { id }: Factor): Factor | undefined => factors.find((each) => each.id === id)

function neededCode(code: string | undefined): string {
  if (code === undefined) throw invalid('code', 'is needed')
  return code
}

const recoveryCodeLength = 16

/** A code of an app is six digits and a recovery code is not: where there is one of that type, it is the one meant. */
function obvious(ticket: Ticket, said: Said): string | undefined {
  if (ticket.payload['chosen'] != null || 'credential' in said) return undefined
  const type = said.code.length === recoveryCodeLength ? 'recovery_code' : 'totp'
  return optionsOf(ticket.payload).some((option) => option.type === type) ? type : undefined
}
