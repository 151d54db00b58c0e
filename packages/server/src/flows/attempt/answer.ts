import { invalid, Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Caller } from '../caller.ts'
import { namesOf, refuseEasy, refuseWeak } from '../steps/account-policy.ts'
import { codeTakes, codeTargetOf, countCodeTry } from '../steps/guesses.ts'
import { noteWrongCode } from '../steps/note-wrong-code.ts'
import { accept } from './accept.ts'
import { accountOf } from './addresses.ts'
import { passwordOf } from './own-password.ts'
import { wordsOf } from './own-words.ts'
import { findAttempt, type Progress, refuseForeign } from './progress.ts'
import type { RedeemMore } from './redeem.ts'
import { tryCode, wrongCode } from './try-code.ts'
import { finish } from './verify.ts'

/** What was typed; which of it is needed follows from the step. */
export interface Said {
  readonly code?: string | undefined
  /** The password that goes with a yes. */
  readonly password?: string | undefined
  /** Sets a new password together with the code of a recovery. */
  readonly newPassword?: string | undefined
  readonly accept?: boolean | undefined
}

export interface Answering {
  readonly ticket: Ticket
  readonly attempt: string
  /** The caller's session, where the attempt was begun in one. */
  readonly session?: Session | undefined
  readonly said: Said
}

/**
 * Takes the answer to an attempt's step. The attempt either is finished by it or shows its next step.
 * @throws Refusal `otp_expired` with `details.triesLeft`, `validation_failed`, `weak_password`, `attempt_expired`,
 * `over_attempt_limit`, `over_request_rate_limit`, `user_banned`, `user_already_exists`
 */
export async function answerAttempt(core: Core, caller: Caller, input: Answering): Promise<Progress> {
  const { ticket, attempt, session, said } = input
  refuseForeign(ticket, session)
  if (ticket.purpose === 'acceptance') {
    if (said.accept !== true) throw invalid('accept', 'must be true')
    return accept(core, caller, { ticket, password: said.password })
  }
  if (said.code === undefined) throw invalid('code', 'is needed')
  if (said.newPassword !== undefined) refuseBadPassword(core, ticket, said.newPassword)
  await compare(core, caller, ticket, said.code)
  const more = await whatComesWithIt(core, input)
  const verified = await finish(core, caller, { ticket, via: 'code', more }).catch(asFinished)
  if (verified.kind !== 'half') return verified
  return { kind: 'pending', ticket: await findAttempt(core, attempt), attempt }
}

/** Only what any password must be: a finer judgement would tell whether there is an account to compare with. */
function refuseBadPassword(core: Core, ticket: Ticket, newPassword: string): void {
  if (ticket.purpose !== 'recovery') throw invalid('newPassword', 'can be set by a recovery alone')
  refuseEasy(core, newPassword, [])
}

async function compare(core: Core, caller: Caller, ticket: Ticket, typed: string): Promise<void> {
  await countCodeTry(core, caller, codeTargetOf(ticket))
  const outcome = await tryCode(core, ticket, typed)
  if (outcome.kind === 'right') return
  const { userId, purpose } = ticket
  await noteWrongCode(core, caller, { userId, account: accountOf(ticket), purpose })
  throw wrongCode([outcome])
}

/** The code is right and not used up yet: whatever else may be wrong is refused now, and the code stays good. */
async function whatComesWithIt(core: Core, { ticket, attempt, session, said }: Answering): Promise<RedeemMore> {
  const own = passwordOf(core, ticket, attempt)
  const passwordHash = said.newPassword === undefined ? own : await newHash(core, ticket, said.newPassword)
  const newAccount = wordsOf(ticket, attempt)
  return {
    bound: true,
    ...(newAccount === undefined ? {} : { newAccount }),
    ...(passwordHash === undefined ? {} : { passwordHash }),
    ...(ticket.sessionId === null || session === undefined ? {} : { session }),
  }
}

async function newHash(core: Core, ticket: Ticket, newPassword: string): Promise<string> {
  const user = ticket.userId === null ? undefined : await core.users.find(ticket.userId)
  try {
    await refuseWeak(core, newPassword, [user?.email, user?.phone, ...namesOf(user ?? {})])
  } catch (error) {
    await core.guesses.refund(codeTakes(core, codeTargetOf(ticket)).map(({ key }) => key))
    throw error
  }
  return core.hasher.hash(newPassword)
}

/** Another answer was faster, or nobody is behind it any more. */
function asFinished(error: unknown): never {
  throw error instanceof Refusal && error.code === 'otp_expired' ? new Refusal('attempt_expired') : error
}
