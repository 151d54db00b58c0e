import { minute } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { refuseOver } from '../../core/limits/limits.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { isProtected } from '../../core/users/factor.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import { judgeMessage } from '../../core/wallets/judge-message.ts'
import { canonicalAddress, isSignedBy } from '../../core/wallets/signature.ts'
import { walletFacts, walletProvider, walletSubject } from '../../core/wallets/wallet-identity.ts'
import { type Chain, readWalletMessage, type WalletMessage } from '../../core/wallets/wallet-message.ts'
import { connectInSession } from '../attempt/connect-in-session.ts'
import type { Progress } from '../attempt/progress.ts'
import type { Caller } from '../caller.ts'
import { arrive, enter } from '../session/enter.ts'
import { continueSession, grant } from '../session/open.ts'
import type { Arrival } from '../steps/arrival.ts'
import { auditOf } from '../steps/audit-of.ts'
import type { NewAccount } from '../steps/create-account.ts'
import { noteRefusal } from '../steps/note-refusal.ts'
import { questionOf, refuseWalletsOff, walletMessageSubject } from './ask-wallet.ts'
import { settled } from './settle-arrival.ts'

/** A message that an app wrote and a wallet has signed. */
export interface SignedMessage {
  readonly chain: Chain
  readonly message: string
  readonly signature: string
}

/**
 * Signs in, or connects, the wallet that was asked for. Whatever comes of it, the message does not count again.
 * @throws Refusal `attempt_expired`, `wallet_signature_invalid`, `signup_disabled`, `user_banned`, `provider_disabled`,
 * `identity_already_exists`
 */
export async function answerWallet(
  core: Core,
  caller: Caller,
  input: {
    readonly ticket: Ticket
    readonly signature: string
    readonly signedIn: { readonly user: User; readonly session: Session } | undefined
  },
): Promise<Progress> {
  const ticket = await core.tickets.spend(input.ticket.id)
  if (ticket === undefined) throw new Refusal('attempt_expired')
  const { chain, address, message, createUser, about } = questionOf(core, ticket)
  refuseWalletsOff(core, chain)
  if (!(await isSignedBy({ chain, address, text: message, signature: input.signature })))
    return refuse(core, caller, 'signature')
  const arrival = arrivalOf(readWalletMessage(message, chain), address)
  const { signedIn } = input
  if (ticket.sessionId === null) return signIn(core, caller, { arrival, createUser, about, from: [ticket.id] })
  if (signedIn?.session.id !== ticket.sessionId) throw new Refusal('attempt_expired')
  const own = { arrival, user: signedIn.user, session: signedIn.session }
  if (ticket.payload['for'] === 'elevation') return proveAgain(core, caller, own)
  return connectInSession(core, caller, { ...own, proof, as: 'same_session' })
}

/**
 * Signs in with a message that an app wrote by itself (EIP-4361). It counts once.
 * @throws Refusal `wallet_signature_invalid` (`details.reason`), `provider_disabled`, `signup_disabled`, `user_banned`,
 * `over_request_rate_limit`
 */
export async function signInWithWallet(core: Core, caller: Caller, signed: SignedMessage): Promise<Progress> {
  const { redirects, settings, runtime } = core
  const { chain, message, signature } = signed
  refuseWalletsOff(core, chain)
  const rate = settings.limits.answerNetwork
  refuseOver(await core.limits.take([{ key: `wallet:${caller.network}`, rate }]), 'over_request_rate_limit')
  const read = await readOrNote(core, caller, signed)
  const address = await canonicalAddress(chain, read.address)
  if (address === undefined) return refuse(core, caller, 'malformed', 'address is none, or its checksum is wrong')
  if (!(await isSignedBy({ chain, address, text: message, signature }))) return refuse(core, caller, 'signature')
  const { seconds } = settings.wallets
  const fault = judgeMessage(read, { redirects, now: runtime.now(), seconds })
  if (fault !== undefined) return refuse(core, caller, fault)
  // From the earliest to the latest moment at which its time is accepted.
  const isFirst = await core.tickets.useOnce(walletMessageSubject(message), 'wallet_message', 2 * seconds + minute)
  if (!isFirst) return refuse(core, caller, 'used')
  return signIn(core, caller, { arrival: arrivalOf(read, address), createUser: true, about: {}, from: [] })
}

async function readOrNote(core: Core, caller: Caller, { chain, message }: SignedMessage): Promise<WalletMessage> {
  try {
    return readWalletMessage(message, chain)
  } catch (error) {
    if (error instanceof Refusal) await noteRefusal(core, caller, { userId: null, code: error.code })
    throw error
  }
}

/** A refusal that is written down. */
async function refuse(core: Core, caller: Caller, reason: string, detail?: string): Promise<never> {
  await noteRefusal(core, caller, { userId: null, code: 'wallet_signature_invalid', details: { reason } })
  throw new Refusal('wallet_signature_invalid', { details: { reason, ...(detail === undefined ? {} : { detail }) } })
}

function arrivalOf(message: WalletMessage, address: string): Arrival {
  const data: JsonObject = walletFacts(message, address)
  const subject = walletSubject(message.chain, address)
  const profile = { subject, email: null, emailVerified: false, name: null, avatarUrl: null, data }
  return { provider: walletProvider, profile, tokens: null, keepsTokens: false, emailOptional: true }
}

const proof = { method: 'wallet', provider: null }
/** A wallet tells no address, so there is none to be trusted. */
const noAddress = { provider: { verifiesEmail: false }, settings: { linking: 'never' } } as const

async function signIn(
  core: Core,
  caller: Caller,
  input: {
    readonly arrival: Arrival
    readonly createUser: boolean
    readonly about: NewAccount
    readonly from: readonly string[]
  },
): Promise<Progress> {
  const { from, ...settling } = input
  const arriving = { ...settling, at: noAddress, back: {}, way: 'wallet' }
  const entered = await settled(core, caller, arriving, async (tx, outcome) => {
    if (outcome.kind === 'waiting') throw new Error('a wallet has no address to wait for')
    const { user, identityId, isNewUser } = outcome
    const brought = { provider: walletProvider, identityId, tokens: null }
    return enter(tx, caller, { user, amr: [proof], brought, isNewUser, from })
  })
  return arrive(core, entered)
}

/**
 * A recent proof for a session: the wallet is the person's own still, and nothing better is owed.
 * @throws Refusal `attempt_expired`, `session_not_found`
 */
async function proveAgain(
  core: Core,
  caller: Caller,
  { arrival, user, session }: { readonly arrival: Arrival; readonly user: User; readonly session: Session },
): Promise<Progress> {
  const opened = await core.transaction(async (tx) => {
    const locked = await tx.users.lock(user.id)
    const owner = await tx.identities.findOwner(arrival.provider, arrival.profile.subject)
    if (locked === undefined || owner?.userId !== user.id || isProtected(locked)) throw new Refusal('attempt_expired')
    const continued = await continueSession(tx, {
      user: locked,
      session,
      proof: { ...proof, purpose: 'elevation' },
      older: 'fall',
    })
    await tx.audit.record({
      ...auditOf(caller, user.id),
      action: 'session.elevated',
      result: 'ok',
      sessionId: session.id,
    })
    return continued
  })
  return { kind: 'complete', grant: await grant(core, opened) }
}
