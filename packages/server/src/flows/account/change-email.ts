import { invalid, Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import { refuseUnlisted } from '../attempt/addresses.ts'
import { changeOfEmail, refuseManaged } from '../attempt/begin-email-change.ts'
import { change } from '../attempt/email-change.ts'
import { sealPassword } from '../attempt/own-password.ts'
import type { Return, Sent } from '../attempt/send.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded } from '../session/open.ts'
import { namesOf, refuseWeak } from '../steps/account-policy.ts'
import { evenly } from '../steps/even-time.ts'
import { countChange } from './count-change.ts'
import { type FreshProof, requireProof } from './proof.ts'

export interface EmailChangeRequest {
  readonly user: User
  readonly session: Session
  readonly email: string
  readonly back: Return
  readonly proof: FreshProof
  /** A guest's first password; it counts once the address does. */
  readonly password?: string | undefined
  /** Whether that password counts whoever opens the mail's link, as with a sign-up. Default: only whoever holds the attempt or its challenge. */
  readonly passwordByAnyProof?: boolean
  /** Who gets another address at once where addresses are not confirmed. Default: a guest, as their first one. */
  readonly unproved?: 'guests' | 'everybody'
}

export type EmailChangeAnswer =
  | { readonly kind: 'same' }
  | { readonly kind: 'changed'; readonly user: User }
  | { readonly kind: 'sent'; readonly sent: Sent; readonly user: User }

/**
 * Begins a change of e-mail, or gives a guest their first address. Whether the address is somebody else's is told to
 * whoever proves that it is theirs, and to nobody before.
 * Where addresses are not confirmed, a guest's first one counts at once, and anybody's where the request says so.
 * @throws Refusal `reauthentication_needed`, `user_sso_managed`, `validation_failed`, `weak_password`, `identifier_not_allowed`, `over_email_send_rate_limit`,
 * `over_request_rate_limit`; `user_already_exists` where addresses are not confirmed
 */
export async function changeEmail(core: Core, caller: Caller, input: EmailChangeRequest): Promise<EmailChangeAnswer> {
  refuseManaged(input.user)
  if (input.email === input.user.email) return { kind: 'same' }
  await requireProof(core, caller, input)
  refuseUnlisted(core, { email: input.email })
  const passwordHash =
    input.password === undefined
      ? undefined
      : await firstPassword(core, { user: input.user, address: input.email }, input.password)
  await countChange(core, input.user)
  return evenly(core, (held) => beginChange(held, caller, { ...input, passwordHash }))
}

/** Whoever has an address changes the password where passwords are changed. */
export async function firstPassword(
  core: Core,
  { user, address }: { readonly user: User; readonly address: string },
  password: string,
): Promise<string> {
  if (!user.isAnonymous) throw invalid('password', 'is for guests')
  await refuseWeak(core, password, [address, ...namesOf(user)])
  return core.hasher.hash(password)
}

/**
 * Begins a change that was judged and counted, and whose requester has proved who they are.
 * @throws Refusal `over_email_send_rate_limit`; `user_already_exists` where addresses are not confirmed
 */
export async function beginChange(
  core: Core,
  caller: Caller,
  input: Omit<EmailChangeRequest, 'proof' | 'password'> & {
    readonly passwordHash?: string | undefined
  },
): Promise<Exclude<EmailChangeAnswer, { kind: 'same' }>> {
  const { user, session, email, back, passwordHash } = input
  const isGuest = user.isAnonymous && user.email === null
  if (!core.settings.signUp.emailConfirmation && (isGuest || input.unproved === 'everybody')) {
    const changed = await core.transaction(async (tx) => {
      const moved = await change(tx, caller, { user, email, keepSession: session.id })
      await refuseEnded(tx, session)
      return passwordHash === undefined ? moved : ((await tx.users.update(user.id, { passwordHash })) ?? moved)
    })
    core.wakeOutbox()
    return { kind: 'changed', user: changed }
  }
  const sent = await changeOfEmail(core, caller, {
    user,
    email,
    back,
    sessionId: session.id,
    held: 'refuse',
    ...(passwordHash === undefined
      ? {}
      : {
          payload: {
            password: sealPassword(core, user.id, passwordHash),
            withPassword: input.passwordByAnyProof === true,
          },
        }),
  })
  const updated = await core.users.find(user.id)
  if (updated === undefined || sent === undefined) throw new Refusal('session_not_found')
  return { kind: 'sent', sent, user: updated }
}
