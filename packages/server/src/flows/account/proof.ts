import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { refuseOver } from '../../core/limits/limits.ts'
import type { Session } from '../../core/sessions/session.ts'
import { isAtReach } from '../../core/users/factor.ts'
import type { User } from '../../core/users/user.ts'
import { addressKey } from '../attempt/addresses.ts'
import { tryCode } from '../attempt/try-code.ts'
import type { Caller } from '../caller.ts'
import { askAboutPassword } from '../steps/ask-about-attempt.ts'
import { countCodeTry, countPasswordTry, forgiveCodes, forgiveTries, passwordTakes } from '../steps/guesses.ts'
import { isRecent } from '../steps/is-recent.ts'
import { noteRefusal } from '../steps/note-refusal.ts'
import { noteWrongCode } from '../steps/note-wrong-code.ts'
import { refuseKeys } from '../steps/refuse-keys.ts'

/** What may stand in for a recent sign-in. */
export interface FreshProof {
  readonly currentPassword?: string | undefined
  /** The code of a reauthentication mail. */
  readonly nonce?: string | undefined
}

/**
 * Lets a sensitive change pass: after a recent sign-in, with the current password, or with a mailed code. Guests pass,
 * since they have nothing to prove.
 * @throws Refusal `insufficient_scope`, `insufficient_aal`, `reauthentication_needed`, `current_password_invalid`, `reauthentication_not_valid`, `over_attempt_limit`
 */
export async function requireProof(
  core: Core,
  caller: Caller,
  input: { readonly session: Session; readonly user: User; readonly proof: FreshProof },
): Promise<void> {
  const { session, user, proof } = input
  refuseKeys(session)
  if (!isAtReach(input)) throw new Refusal('insufficient_aal', { details: { level: 'aal2' } })
  if (proof.nonce !== undefined && proof.nonce !== '') return checkNonce(core, caller, user, proof.nonce)
  if (proof.currentPassword !== undefined) return checkPassword(core, caller, user, proof.currentPassword)
  if (!user.isAnonymous && !isRecent(core, session)) throw new Refusal('reauthentication_needed')
}

/** Compares a current password like one at a sign-in: counted, and as slow for everybody. */
export async function checkPassword(core: Core, caller: Caller, user: User, password: string): Promise<void> {
  const address = user.email !== null ? { email: user.email } : { phone: user.phone ?? user.id }
  const key = addressKey(core, address)
  const takes = passwordTakes(core, caller, { addressKey: key, userId: user.id })
  refuseOver(await countPasswordTry(core, takes), 'over_attempt_limit')
  const record = await core.users.findForSignIn({ id: user.id })
  const verdict = await core.hasher.verify(record?.passwordHash ?? null, password)
  await askAboutPassword(core, caller, { key, user, valid: verdict.ok })
  if (!verdict.ok) {
    await noteRefusal(core, caller, { userId: user.id, code: 'current_password_invalid' })
    throw new Refusal('current_password_invalid')
  }
  await forgiveTries(core, takes)
}

async function checkNonce(core: Core, caller: Caller, user: User, nonce: string): Promise<void> {
  const ticket = await core.tickets.findBySubject(user.id, 'reauthentication')
  await countCodeTry(core, caller, { account: user.id, addressKey: null })
  const outcome = ticket === undefined ? undefined : await tryCode(core, ticket, nonce)
  const spent = outcome?.kind === 'right' ? await core.tickets.spend(outcome.ticket.id) : undefined
  if (spent === undefined) {
    await noteWrongCode(core, caller, { userId: user.id, account: user.id, purpose: 'reauthentication' })
    throw new Refusal('reauthentication_not_valid')
  }
  await forgiveCodes(core, user)
}
