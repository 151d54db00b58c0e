import { cutText } from '../../base/cut-text.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { decideLink, type LinkDecision } from '../../core/identities/linking.ts'
import type { SetProvider } from '../../core/providers/providers.ts'
import { awaitsApproval } from '../../core/users/approval.ts'
import type { User } from '../../core/users/user.ts'
import { refuseAddressless, refuseUnlisted } from '../attempt/addresses.ts'
import { confirmAddress } from '../attempt/confirm-address.ts'
import { maySend, messageOf, type Return, sendNow } from '../attempt/send.ts'
import type { Caller } from '../caller.ts'
import { refuseUnwelcome } from '../session/open.ts'
import { type Arrival, identityOf, putIdentity } from '../steps/arrival.ts'
import { auditOf } from '../steps/audit-of.ts'
import { createAccount, type NewAccount, Overtaken } from '../steps/create-account.ts'
import { disown, isDisbelieved } from '../steps/disbelieved.ts'
import { awaitingApproval } from '../steps/hold-newcomer.ts'
import { asToldBefore, isOnlyTold } from '../steps/is-only-told.ts'
import { isProvisioned } from '../steps/is-provisioned.ts'
import { notify } from '../steps/notice.ts'
import { refuseMoved } from '../steps/provider-home.ts'
import { whileOvertaken } from '../steps/while-overtaken.ts'

/** Somebody a provider has proved, and how they began. */
export interface Settling {
  /** Whether what it says of addresses counts. */
  readonly at: {
    readonly provider: Pick<SetProvider['provider'], 'verifiesEmail'>
    readonly settings: Pick<SetProvider['settings'], 'linking'>
  }
  readonly arrival: Arrival
  /** Whether an account may be made for them. */
  readonly createUser: boolean
  /** Whether somebody who has an account is refused. Default false. */
  readonly onlyNew?: boolean | undefined
  /** What they say about themselves, where they may; the provider's word stands above it. */
  readonly about: NewAccount
  /** How an account that is made came to be. Default `provider`. */
  readonly way?: string
  readonly back: Return
}

/** Whose account it is, or that a mail has to prove its address first. */
export type Settled =
  | { readonly kind: 'in'; readonly user: User; readonly identityId: string; readonly isNewUser: boolean }
  | { readonly kind: 'waiting' }

/**
 * Finds or makes the account of somebody whom a provider has proved, in one transaction with what `then` does about it.
 * @throws Refusal `signup_disabled`, `provider_failed` (`details.reason` `no_email`), `identifier_not_allowed`, `user_banned`
 * (with `details.reason` `approval` the account was made), `user_already_exists` where only newcomers are wanted,
 * `provider_disabled` where the provider has moved
 */
export async function settled<T>(
  core: Core,
  caller: Caller,
  settling: Settling,
  then: (tx: Core, outcome: Settled) => Promise<T>,
): Promise<T> {
  const done = await whileOvertaken(core, async (tx) => {
    const outcome = await settle(tx, caller, settling)
    return outcome.kind === 'held' ? undefined : { value: await then(tx, outcome) }
  })
  if (done === undefined) throw awaitingApproval()
  return done.value
}

/** The account was made, and waits for an administrator. */
interface Held {
  readonly kind: 'held'
}

interface Found {
  readonly owner: User | undefined
  readonly holder: User | undefined
}

async function settle(tx: Core, caller: Caller, settling: Settling): Promise<Settled | Held> {
  await refuseMoved(tx, settling.arrival.home)
  const found = await find(tx, settling.arrival)
  const isDoubted = await doubts(tx, settling.arrival, found)
  const decision = decideLink(factsOf(tx, settling, { ...found, isDoubted }))
  const user = found.owner ?? found.holder
  if (settling.onlyNew === true && (decision === 'known' || decision === 'link'))
    throw new Refusal('user_already_exists')
  switch (decision) {
    case 'known':
    case 'link':
    case 'claim':
      if (user === undefined) throw new Overtaken()
      return join(tx, caller, settling, {
        user: isDoubted && decision === 'claim' ? await disown(tx, user) : user,
        decision,
      })
    case 'create_proved':
    case 'create_unproved':
    case 'create_bare':
    case 'create_waiting':
      return create(tx, caller, settling, decision)
    case 'wait':
      if (user !== undefined) await askForProof(tx, caller, settling, user)
      return { kind: 'waiting' }
    case 'conceal':
      if (user !== undefined) await tellHolder(tx, caller, settling, user)
      return { kind: 'waiting' }
    case 'refuse_sign_up':
      throw new Refusal('signup_disabled')
    case 'refuse_no_email':
      throw new Refusal('provider_failed', { details: { reason: 'no_email' } })
  }
}

/**
 * The identity's owner, or else who has the address; locked, so that nothing about it changes before the commit. Where the
 * identity was unlinked or connected in this very moment, all of it is looked at again.
 */
async function find(tx: Core, { provider, profile }: Arrival): Promise<Found> {
  const { subject, email } = profile
  const isIts = (user: User | undefined) =>
    user?.identities.some((each) => each.provider === provider && each.subject === subject) === true
  const owned = await tx.identities.findOwner(provider, subject)
  if (owned !== undefined) {
    const owner = await tx.users.lock(owned.userId)
    if (!isIts(owner)) throw new Overtaken()
    return { owner, holder: undefined }
  }
  const seen = email === null ? undefined : await tx.users.findByAddress({ email })
  const holder = seen === undefined ? undefined : await tx.users.lock(seen.id)
  if (isIts(holder)) throw new Overtaken()
  return { owner: undefined, holder: holder?.email === email ? holder : undefined }
}

/** Whether the address of the account rests on words that are not believed: this arrival's, or those of whoever made it. */
async function doubts(tx: Core, { trustsEmail }: Arrival, { owner, holder }: Found): Promise<boolean> {
  if (owner !== undefined) return trustsEmail === false && isDisbelieved(tx, owner)
  return holder !== undefined && isDisbelieved(tx, holder)
}

/** Somebody proved a phone on it, and nobody the address that is written there: the account is the phone's. */
const isPhones = (holder: User | undefined): boolean =>
  holder !== undefined && holder.emailConfirmedAt === null && holder.phoneConfirmedAt !== null

function standingOf(holder: User | undefined, isDoubted: boolean): 'nobody' | 'unproved' | 'told' | 'proved' {
  if (holder === undefined) return 'nobody'
  if (holder.emailConfirmedAt === null || isDoubted) return 'unproved'
  return isOnlyTold(holder) ? 'told' : 'proved'
}

const isProved = (user: User): boolean => user.emailConfirmedAt !== null || user.phoneConfirmedAt !== null

function factsOf(
  tx: Core,
  { at, arrival, createUser }: Settling,
  { owner, holder, isDoubted }: Found & { readonly isDoubted: boolean },
) {
  const { email, emailVerified } = arrival.profile
  const { signUp } = tx.settings
  const waits = owner !== undefined && owner.email !== null && (isDoubted || !isProved(owner))
  return {
    owner: owner === undefined ? ('nobody' as const) : waits ? ('unproved' as const) : ('somebody' as const),
    address: email === null ? ('none' as const) : emailVerified ? ('verified' as const) : ('unverified' as const),
    isOwners: owner !== undefined && email !== null && owner.email === email,
    isTrusted: at.provider.verifiesEmail && at.settings.linking === 'verified' && !isPhones(holder),
    holder: standingOf(holder, isDoubted),
    confirms: signUp.emailConfirmation,
    signUp: signUp.enabled && createUser ? ('open' as const) : ('closed' as const),
    emailOptional: arrival.emailOptional,
  }
}

/** Lets somebody into an account that is there. What others left on an account that is proved only now goes (S32–S35). */
async function join(
  tx: Core,
  caller: Caller,
  { arrival }: Settling,
  { user, decision }: { readonly user: User; readonly decision: 'known' | 'link' | 'claim' },
): Promise<Settled> {
  refuseUnwelcome(user, tx.runtime.now())
  const provisioned = isProvisioned(user)
  const own =
    decision === 'claim'
      ? await confirmAddress(tx, caller, {
          user,
          channel: 'email',
          keepPassword: provisioned,
          keepMetadata: provisioned,
        })
      : user
  const { id: identityId } = await putIdentity(tx, own, asToldBefore(own, arrival))
  const { name, avatarUrl, data } = arrival.profile
  const updated = await tx.users.update(own.id, {
    metadataPatch: data,
    ...(own.displayName === '' && name !== null ? { displayName: cutText(name, 64) } : {}),
    ...(own.avatarUrl === null && avatarUrl !== null ? { avatarUrl } : {}),
  })
  if (decision !== 'known') await record(tx, caller, { user: updated ?? own, arrival, identityId })
  return { kind: 'in', user: updated ?? own, identityId, isNewUser: user.lastSignInAt === null }
}

async function record(
  tx: Core,
  caller: Caller,
  { user, arrival, identityId }: { readonly user: User; readonly arrival: Arrival; readonly identityId: string },
): Promise<void> {
  await tx.audit.record({
    ...auditOf(caller, user.id),
    action: 'identity.linked',
    result: 'ok',
    details: { provider: arrival.provider, identityId, way: 'address' },
  })
  await notify(tx, caller, { user, template: 'identity_linked', values: { provider: arrival.provider } })
}

type Creating = Extract<LinkDecision, `create_${string}`>

async function create(tx: Core, caller: Caller, settling: Settling, decision: Creating): Promise<Settled | Held> {
  const { arrival, about } = settling
  const { email, name, avatarUrl, data } = arrival.profile
  const address = decision === 'create_bare' || email === null ? undefined : { email }
  if (email === null) refuseAddressless(tx)
  else refuseUnlisted(tx, { email })
  const user = await createAccount(tx, caller, {
    address,
    confirmed: decision === 'create_proved',
    passwordHash: null,
    way: settling.way ?? 'provider',
    about: {
      ...about,
      displayName: about.displayName ?? (name === null ? undefined : cutText(name, 64)),
      avatarUrl: about.avatarUrl ?? avatarUrl ?? undefined,
      metadata: { ...about.metadata, ...data },
    },
    identity: identityOf(arrival),
    ...(decision === 'create_waiting' ? { sentAt: tx.runtime.now() } : {}),
  })
  if (user === undefined) throw new Overtaken()
  if (awaitsApproval(user)) return { kind: 'held' }
  if (decision === 'create_waiting') {
    await askForProof(tx, caller, settling, user)
    return { kind: 'waiting' }
  }
  const { id: identityId } = await putIdentity(tx, user, arrival)
  return { kind: 'in', user, identityId, isNewUser: true }
}

/** Whoever answers in the browser that began keeps the identity; for anybody else it was a stranger's and goes (S34). */
async function askForProof(tx: Core, caller: Caller, settling: Settling, user: User): Promise<void> {
  if (user.email === null) return
  const address = { email: user.email }
  if (!(await maySend(tx, caller, 'sign_up', address))) return
  const { provider, profile } = settling.arrival
  const identity = await tx.identities.findOwner(provider, profile.subject)
  await sendNow(tx, caller, {
    purpose: 'sign_up',
    address,
    user,
    template: 'sign_up',
    back: settling.back,
    carries: { link: true, code: true },
    payload: identity?.userId === user.id ? { identity: identity.id } : {},
    remember: { confirmationSentAt: tx.runtime.now() },
  })
}

/** The address is an account's that cannot be found by this provider's word: its owner is told, and nobody else. */
async function tellHolder(tx: Core, caller: Caller, { back }: Settling, holder: User): Promise<void> {
  if (holder.email === null) return
  const address = { email: holder.email }
  const allowed = await maySend(tx, caller, 'sign_up', address)
  const template = allowed && holder.emailConfirmedAt !== null ? 'already_registered' : 'nothing'
  await tx.outbox.enqueue([
    messageOf(
      tx,
      caller,
      { purpose: 'sign_up', address, user: holder, template, back },
      { code: undefined, link: undefined },
    ),
  ])
}
