import type { Core } from '../../core/core.ts'
import type { TextChannel } from '../../core/notifications/outgoing.ts'
import type { User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import { refuseUnlisted } from '../attempt/addresses.ts'
import { contestWaiting } from '../attempt/mixed-up.ts'
import { isDisputed, keepWordsApart } from '../attempt/own-words.ts'
import { type Return, type Sent, send } from '../attempt/send.ts'
import { refuseChannel, refusePhoneOff } from '../attempt/texts.ts'
import type { Caller } from '../caller.ts'
import { refuseLarge } from '../steps/account-policy.ts'
import { sealSeed } from '../steps/account-seed.ts'
import { createAccount, type NewAccount } from '../steps/create-account.ts'
import { evenly } from '../steps/even-time.ts'
import { holdsNewcomers } from '../steps/hold-newcomer.ts'
import { mayReceive } from '../steps/may-receive.ts'

export interface CodeSignIn {
  readonly address: Address
  /** How a text leaves. */
  readonly channel?: TextChannel | undefined
  /** Whether an address that nobody has may become an account. Sign-up switched off overrules it. */
  readonly createUser: boolean
  /** Whether somebody who has an account gets nothing. Default false. */
  readonly onlyNew?: boolean
  /** Whether a mail carries its code alone, for apps that have a field for it and no place for a link. Default false. */
  readonly codeAlone?: boolean
  readonly about: NewAccount
  readonly back: Return
}

/** `nobody`: no account has the address and none will be made. Only a dialect whose contract says so may tell. */
export interface CodeSent {
  readonly sent: Sent
  readonly nobody: boolean
}

/**
 * Mails a link and a code that sign in, or texts a code. A new account is made when the address is proved, not before; where
 * new accounts wait for an administrator it is made now, and nothing leaves.
 * An address that nobody has, a banned one and a deleted one take as long and look the same as any other.
 * @throws Refusal `identifier_not_allowed`, `over_request_rate_limit`, `over_sms_send_rate_limit`, `provider_disabled`,
 * `feature_disabled` for a channel that is not there
 */
export async function sendSignInCode(core: Core, caller: Caller, input: CodeSignIn): Promise<CodeSent> {
  refusePhoneOff(core, input.address)
  refuseChannel(core, input.channel)
  return evenly(core, (held) => sendCode(held, caller, input))
}

async function sendCode(core: Core, caller: Caller, input: CodeSignIn): Promise<CodeSent> {
  const { address, channel, about, codeAlone = false } = input
  refuseLarge(core, about.metadata)
  const mayCreate = input.createUser && core.settings.signUp.enabled
  const creates = mayCreate && !holdsNewcomers(core)
  if (mayCreate) refuseUnlisted(core, address)
  const owner = await core.users.findByAddress(address)
  const reachable = owner === undefined ? creates : input.onlyNew !== true && mayReceive(owner, core.runtime.now())
  await contestWaiting(core, address)
  const disputed = await isDisputed(core, address, about)
  const newAccount = owner === undefined && creates ? sealSeed(core, address, about) : undefined
  const isMail = 'email' in address
  const sent = await send(core, caller, {
    purpose: 'sign_in',
    address,
    channel,
    // Whoever is there waits for a code of their own, perhaps: one that is sent nowhere does not take its place.
    user: input.onlyNew === true ? undefined : owner,
    template: reachable ? (isMail ? templateFor(caller, owner, codeAlone) : 'sms_code') : 'nothing',
    ...(owner === undefined && creates ? { newcomer: about } : {}),
    back: input.back,
    carries: { link: isMail && !codeAlone, code: true },
    payload: newAccount === undefined ? {} : { newAccount, ...(disputed ? { contested: true } : {}) },
  })
  if (newAccount !== undefined) await keepWordsApart(core, sent, { newAccount, about })
  // Counted first, like any message: accounts that wait are not made faster than mails are sent.
  if (owner === undefined && mayCreate && !creates) await makeWaiting(core, caller, input)
  return { sent, nobody: owner === undefined && !mayCreate }
}

/** Does as much when somebody was faster. */
async function makeWaiting(core: Core, caller: Caller, { address, about }: CodeSignIn): Promise<void> {
  const seed = { address, confirmed: false, passwordHash: null, way: 'code', about }
  await core.transaction((tx) => createAccount(tx, caller, seed))
}

function templateFor({ manners }: Caller, owner: User | undefined, codeAlone: boolean) {
  if (codeAlone) return 'sign_in_code'
  return manners.newcomers ?? (owner?.emailConfirmedAt == null ? 'sign_up' : 'sign_in')
}
