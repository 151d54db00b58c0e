import type { Core } from '../../core/core.ts'
import { refuseOver, type Take } from '../../core/limits/limits.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { User } from '../../core/users/user.ts'
import { accountOf, addressKeysOf, nobody } from '../attempt/addresses.ts'
import type { Caller } from '../caller.ts'

/**
 * Guessing passwords (three counts): for the account from one network, for the account, for the network. Each try is
 * counted before it is compared, so that parallel tries cannot slip through; a success takes its own back.
 */
export function passwordTakes(
  core: Pick<Core, 'settings'>,
  caller: Caller,
  account: string,
): readonly [Take, Take, Take] {
  const { signInAccountNetwork } = core.settings.limits
  return [
    { key: `password:${account}:${caller.network}`, rate: signInAccountNetwork },
    passwordTake(core, account),
    passwordNetworkTake(core, caller),
  ]
}

/** Wrong passwords of one account in a row, from wherever. */
export function passwordTake({ settings }: Pick<Core, 'settings'>, account: string): Take {
  return { key: `password:${account}`, rate: settings.limits.signInAccount, inARow: true }
}

/** Wrong passwords from one network. */
export function passwordNetworkTake({ settings }: Pick<Core, 'settings'>, { network }: Pick<Caller, 'network'>): Take {
  return { key: `password-network:${network}`, rate: settings.limits.signInNetwork }
}

/** @throws Refusal `over_attempt_limit` for the account, `over_request_rate_limit` for the network; both with `retryAfter` */
export async function countPasswordTry(core: Core, takes: readonly [Take, Take, Take]): Promise<void> {
  const taken = await core.guesses.take(takes)
  const here = taken.filter((each) => each.key !== takes[1].key)
  // A try that is not compared must not close the account to everybody else.
  if (here.some((each) => each.over)) await core.guesses.refund([takes[1].key])
  refuseOver(
    here.filter((each) => each.key === takes[2].key),
    'over_request_rate_limit',
  )
  refuseOver(taken, 'over_attempt_limit')
}

/** The password was not compared after all, for want of time: nothing was tried. */
export async function takeBackTry(core: Core, takes: readonly [Take, Take, Take]): Promise<void> {
  await core.guesses.refund(takes.map((take) => take.key))
}

/** The password was right: the account's counts start anew, the network's loses this try. */
export async function forgiveTries(tx: Core, takes: readonly [Take, Take, Take]): Promise<void> {
  await Promise.all([tx.guesses.clear([takes[0].key, takes[1].key]), tx.guesses.refund([takes[2].key])])
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
}
