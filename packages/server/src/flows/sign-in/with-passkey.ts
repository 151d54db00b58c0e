import { sameText } from '../../base/digest.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import {
  type Assertion,
  credentialIdIn,
  readAssertion,
  requestOptions,
  userIdIn,
} from '../../core/passkeys/ceremonies.ts'
import type { Passkey } from '../../core/passkeys/passkeys.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Progress } from '../attempt/progress.ts'
import type { Caller } from '../caller.ts'
import { arrive, enter } from '../session/enter.ts'
import { refuseUnwelcome } from '../session/open.ts'
import { type BegunCeremony, beginCeremony, challengeOf, refusePasskeysOff, spendCeremony } from '../steps/ceremony.ts'
import { noteRefusal } from '../steps/note-refusal.ts'

/**
 * Asks a browser for any passkey of this site: who is signing in is not said before it is proved.
 * @throws Refusal `feature_disabled`
 */
export async function beginPasskeySignIn(core: Core): Promise<BegunCeremony> {
  refusePasskeysOff(core)
  return beginCeremony(core, {
    ceremony: 'sign_in',
    userId: null,
    sessionId: null,
    options: (challenge) => requestOptions(core.relyingParty, { challenge, allow: [] }),
  })
}

/**
 * Signs in whoever holds the passkey. Verified by its authenticator the person has proved two things at once; merely
 * present, one (S97).
 * @throws Refusal `attempt_expired`, `webauthn_verification_failed`, `email_not_confirmed`, `phone_not_confirmed`, `user_banned`
 */
export async function signInWithPasskey(
  core: Core,
  caller: Caller,
  input: { readonly ticket: Ticket | undefined; readonly credential: JsonObject },
): Promise<Progress> {
  refusePasskeysOff(core)
  const ticket = await spendCeremony(core, input.ticket, 'sign_in')
  const { user, passkey, assertion } = await judge(core, input.credential, ticket).catch(async (error: unknown) => {
    if (error instanceof Refusal) await noteRefusal(core, caller, { userId: null, code: error.code })
    throw error
  })
  refuseUnwelcome(user, core.runtime.now())
  if (user.email !== null && user.emailConfirmedAt === null && user.phoneConfirmedAt === null)
    throw new Refusal('email_not_confirmed')
  if (user.email === null && user.phone !== null && user.phoneConfirmedAt === null)
    throw new Refusal('phone_not_confirmed')
  const entered = await core.transaction(async (tx) => {
    const now = await tx.users.lock(user.id)
    const stands = now?.factors.some(({ id, status }) => id === passkey.factorId && status === 'verified') === true
    // Another use was faster, or the passkey was copied: one of the two is not its owner (WebAuthn Level 3 §6.1.1).
    if (now === undefined || !stands || !(await tx.passkeys.use(passkey.factorId, assertion))) return undefined
    await tx.factors.noteUsed(passkey.factorId)
    const proof = { method: 'passkey', provider: null, factor: passkey.factorId }
    return enter(tx, caller, {
      user: now,
      amr: [proof],
      from: [ticket.id],
      ...(assertion.userVerified ? { aal: 'aal2' as const } : {}),
    })
  })
  if (entered === undefined) {
    await noteRefusal(core, caller, { userId: user.id, code: 'webauthn_verification_failed' })
    throw new Refusal('webauthn_verification_failed')
  }
  return arrive(core, entered)
}

interface Judged {
  readonly user: User
  readonly passkey: Passkey
  readonly assertion: Assertion
}

/** The credential decides who it is; a user handle may only agree. */
async function judge(core: Core, credential: JsonObject, ticket: Ticket): Promise<Judged> {
  const id = credentialIdIn(credential)
  const passkey = id === undefined ? undefined : await core.passkeys.findByCredential(id)
  const user = passkey === undefined ? undefined : await core.users.find(passkey.userId)
  if (passkey === undefined || user === undefined || !passkey.signsIn) throw new Refusal('webauthn_verification_failed')
  const { userHandle } = (credential['response'] ?? {}) as JsonObject
  const named = typeof userHandle === 'string' ? userIdIn(userHandle) : undefined
  if (named === undefined || !sameText(named, user.id)) throw new Refusal('webauthn_verification_failed')
  const assertion = await readAssertion(core.relyingParty, {
    credential,
    challenge: challengeOf(ticket),
    stored: passkey,
  })
  return { user, passkey, assertion }
}
