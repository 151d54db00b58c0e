import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { creationOptions, type NewCredential, readRegistration } from '../../core/passkeys/ceremonies.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Progress } from '../attempt/progress.ts'
import type { Caller } from '../caller.ts'
import { continueSession, grant, refuseEnded } from '../session/open.ts'
import { addPasskey, type PasskeyUse } from '../steps/add-passkey.ts'
import {
  type BegunCeremony,
  beginCeremony,
  challengeOf,
  labelsOf,
  refusePasskeysOff,
  spendCeremony,
} from '../steps/ceremony.ts'
import { endUnproved } from '../steps/end-unproved.ts'
import { notify } from '../steps/notice.ts'
import { refuseUnproved } from './level.ts'
import { refuseName } from './name.ts'
import { refuseMany } from './set-up.ts'

interface Whose {
  readonly user: User
  readonly session: Session
}

/**
 * Begins making a passkey, in this session alone.
 * @throws Refusal `feature_disabled`, `limit_reached`, `insufficient_aal`, `reauthentication_needed`,
 * `anonymous_not_allowed`, `user_sso_managed`, `email_not_confirmed`
 */
export async function beginPasskey(
  core: Core,
  input: Whose & { readonly use: PasskeyUse; readonly name?: string | undefined },
): Promise<BegunCeremony> {
  const { user, session, use, name } = input
  refusePasskeysOff(core)
  refuseUnproved(core, user, session)
  refuseMany(core, user)
  if (name !== undefined) refuseName(user, name)
  const exclude = await core.passkeys.listOf(user.id)
  return beginCeremony(core, {
    ceremony: 'registration',
    subject: user.id,
    userId: user.id,
    sessionId: session.id,
    facts: { use, ...(name === undefined ? {} : { name }) },
    options: (challenge) =>
      creationOptions(core.relyingParty, {
        challenge,
        user: { id: user.id, ...labelsOf(user) },
        exclude,
        residentKey: use.signsIn ? 'required' : 'preferred',
      }),
  })
}

/**
 * Takes what the browser made.
 * @throws Refusal `attempt_expired`, `webauthn_verification_failed`, `conflict` (`details.reason` `credential`),
 * `limit_reached`, `factor_name_taken`, and as {@link beginPasskey}
 */
export async function finishPasskey(core: Core, caller: Caller, input: MadePasskey): Promise<Factor> {
  const made = await judge(core, input)
  const factor = await core.transaction((tx) => store(tx, caller, made))
  core.wakeOutbox()
  return factor
}

/** As {@link finishPasskey}, where an attempt is finished by it: the session goes on with new tokens. */
export async function finishPasskeyAttempt(core: Core, caller: Caller, input: MadePasskey): Promise<Progress> {
  const made = await judge(core, input)
  const { factor, opened } = await core.transaction(async (tx) => {
    const added = await store(tx, caller, made)
    const user = (await tx.users.find(made.user.id)) ?? made.user
    const { protects } = made.use
    // A second factor that was made here was proved here.
    const proof = { method: protects ? 'webauthn' : 'passkey', provider: null, factor: added.id }
    const level = protects ? { aal: 'aal2' as const } : {}
    return { factor: added, opened: await continueSession(tx, { user, session: made.session, proof, ...level }) }
  })
  core.wakeOutbox()
  return { kind: 'complete', grant: await grant(core, opened), factor }
}

/** What a browser made, in answer to a ceremony. */
export interface MadePasskey extends Whose {
  readonly ticket: Ticket | undefined
  readonly credential: JsonObject
  readonly name?: string | undefined
}

async function judge(core: Core, input: MadePasskey): Promise<Storing> {
  const { user, session, credential } = input
  refusePasskeysOff(core)
  const isOwn = input.ticket?.userId === user.id && input.ticket.sessionId === session.id
  const ticket = await spendCeremony(core, isOwn ? input.ticket : undefined, 'registration')
  const made = await readRegistration(core.relyingParty, { credential, challenge: challengeOf(ticket) })
  const use = ticket.payload['use'] as PasskeyUse
  const asked = input.name ?? (ticket.payload['name'] as string | undefined)
  return { user, session, made, use, asked }
}

interface Storing extends Whose {
  readonly made: NewCredential
  readonly use: PasskeyUse
  readonly asked: string | undefined
}

async function store(tx: Core, caller: Caller, { user, session, made, use, asked }: Storing): Promise<Factor> {
  const now = await tx.users.lock(user.id)
  await refuseEnded(tx, session)
  if (now === undefined) throw new Refusal('session_not_found')
  refuseUnproved(tx, now, session)
  refuseMany(tx, now)
  if (asked !== undefined) refuseName(now, asked)
  const id = await addPasskey(tx, caller, { user: now, made, use, name: asked, sessionId: session.id })
  if (use.protects) await endUnproved(tx, session)
  await notify(tx, caller, { user: now, template: 'factor_added', values: { factorType: 'passkey' } })
  const factor = (await tx.users.find(user.id))?.factors.find((each) => each.id === id)
  if (factor === undefined) throw new Error('a passkey was not written')
  return factor
}
