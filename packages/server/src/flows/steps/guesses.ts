import type { Core } from '../../core/core.ts'
import { refuseOver, type Take, type Taken } from '../../core/limits/limits.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { User } from '../../core/users/user.ts'
import { accountOf, addressKeysOf, nobody } from '../attempt/addresses.ts'
import type { Caller } from '../caller.ts'

/** What a try at a password counts: for the address from one network, for the address, for the network, for the account. */
export type PasswordTakes = readonly [Take, Take, Take, Take]

/**
 * Guessing passwords. Each try is counted before it is compared, so that parallel tries cannot slip through; a success
 * takes its own back. An account with two addresses is one account.
 * @param tried.addressKey the address it is tried with. @param tried.userId whose that is; undefined where it is nobody's
 */
export function passwordTakes(
  core: Pick<Core, 'settings'>,
  caller: Caller,
  { addressKey, userId }: { readonly addressKey: string; readonly userId: string | undefined },
): PasswordTakes {
  const { signInAccountNetwork } = core.settings.limits
  return [
    { key: `password:${addressKey}:${caller.network}`, rate: signInAccountNetwork },
    passwordTake(core, addressKey),
    passwordNetworkTake(core, caller),
    passwordAccountTake(core, userId ?? nobody(addressKey)),
  ]
}

/** Wrong passwords with one address in a row, from wherever. */
export function passwordTake({ settings }: Pick<Core, 'settings'>, addressKey: string): Take {
  return { key: `password:${addressKey}`, rate: settings.limits.signInAccount, inARow: true }
}

/** Wrong passwords of one account in a row, with whichever of its addresses. */
export function passwordAccountTake({ settings }: Pick<Core, 'settings'>, account: string): Take {
  return { key: `password-account:${account}`, rate: settings.limits.signInAccount, inARow: true }
}

/** Wrong passwords from one network. */
export function passwordNetworkTake({ settings }: Pick<Core, 'settings'>, { network }: Pick<Caller, 'network'>): Take {
  return { key: `password-network:${network}`, rate: settings.limits.signInNetwork }
}

/**
 * @returns how the account stands; it may be over by tries with its other address alone. Whoever is not signed in is then
 * told what a wrong password is told, since a refusal that says more would tell that both addresses are one person's.
 * @throws Refusal `over_attempt_limit` for the address, `over_request_rate_limit` for the network; both with `retryAfter`
 */
export async function countPasswordTry(core: Core, takes: PasswordTakes): Promise<readonly Taken[]> {
  const [here, address, network, account] = takes
  const taken = await core.guesses.take(takes)
  const of = (...which: readonly Take[]) => taken.filter(({ key }) => which.some((take) => take.key === key))
  // A try that is not compared must not close the account to everybody else.
  if (of(here, network).some(({ over }) => over)) await core.guesses.refund([address.key, account.key])
  refuseOver(of(network), 'over_request_rate_limit')
  refuseOver(of(here, address), 'over_attempt_limit')
  return of(account)
}

/** The password was not compared after all, for want of time: nothing was tried. */
export async function takeBackTry(core: Core, takes: PasswordTakes): Promise<void> {
  await core.guesses.refund(takes.map((take) => take.key))
}

/** The password was right: the account's counts start anew, the network's loses this try. */
export async function forgiveTries(tx: Core, [here, address, network, account]: PasswordTakes): Promise<void> {
  await Promise.all([tx.guesses.clear([here.key, address.key, account.key]), tx.guesses.refund([network.key])])
}

/** Wrong codes on one account, over all its codes. */
export function codeTake(core: Pick<Core, 'settings'>, account: string): Take {
  return { key: `code:${account}`, rate: core.settings.limits.codesAccount, inARow: true }
}

/** Whose wrong codes are counted, and the key of the address that is typed along or that the code went to. */
export interface CodeTarget {
  readonly account: string
  readonly addressKey: string | null
}

const ofAddress = (addressKey: string): string => `address:${addressKey}`

/**
 * Wrong codes of the address they are typed for, and of an account. The address comes first, and what it stops is no try at
 * the account: so it closes first and opens last, and who has it, and whether anybody did when a code was asked for, makes no
 * difference to when codes are taken.
 */
export function codeTakes(core: Pick<Core, 'settings'>, { account, addressKey }: CodeTarget): readonly Take[] {
  return [...(addressKey === null ? [] : [ofAddress(addressKey)]), account].map((each) => codeTake(core, each))
}

/** What a code of a ticket counts for. */
export function codeTargetOf(ticket: Pick<Ticket, 'subject' | 'payload' | 'addressKey'>): CodeTarget {
  return { account: accountOf(ticket), addressKey: ticket.addressKey }
}

/** A ticket was redeemed: the counts of wrong codes that its own add to start anew. */
export async function forgiveCodesOf(tx: Core, ticket: Ticket): Promise<void> {
  const { account, addressKey } = codeTargetOf(ticket)
  const beforeAnybody = addressKey === null ? [] : codeTakes(tx, { account: nobody(addressKey), addressKey })
  await tx.guesses.clear([...codeTakes(tx, { account, addressKey }), ...beforeAnybody].map(({ key }) => key))
}

/** What is counted of somebody's wrong codes, whatever address they are typed for. */
export function codeTakesOf(core: Pick<Core, 'settings' | 'vault'>, user: CodeHolder): readonly Take[] {
  return [user.id, ...addressKeysOf(core, user).map(ofAddress)].map((account) => codeTake(core, account))
}

type CodeHolder = Pick<User, 'id' | 'email' | 'phone'>

/** Somebody has proved who they are: the counts of wrong codes start anew, theirs and those of their addresses. */
export async function forgiveCodes(tx: Core, user: CodeHolder): Promise<void> {
  const beforeAnybody = addressKeysOf(tx, user).map((key) => codeTake(tx, nobody(key)))
  await tx.guesses.clear([...codeTakesOf(tx, user), ...beforeAnybody].map(({ key }) => key))
}

/** Codes from one network. */
export function codeNetworkTake({ settings }: Pick<Core, 'settings'>, { network }: Pick<Caller, 'network'>): Take {
  return { key: `code-network:${network}`, rate: settings.limits.answerNetwork }
}

/** @throws Refusal `over_attempt_limit` with `retryAfter` */
export async function countCodeTry(core: Core, caller: Caller, target: CodeTarget): Promise<void> {
  refuseOver(await core.limits.take([codeNetworkTake(core, caller)]), 'over_request_rate_limit')
  for (const take of codeTakes(core, target)) refuseOver(await core.guesses.take([take]), 'over_attempt_limit')
}

/**
 * Opens an account again that too many wrong passwords have closed, from everywhere.
 * @param more.codes whether wrong codes are forgiven too: not before a second factor was passed, or a mailbox alone would
 * give any number of tries at it
 */
export async function clearLocks(tx: Core, user: User, more: { readonly codes: boolean }): Promise<void> {
  if (more.codes) await forgiveCodes(tx, user)
  for (const key of addressKeysOf(tx, user)) await tx.guesses.clearBelow(`password:${key}`)
  await tx.guesses.clear([passwordAccountTake(tx, user.id).key])
}
