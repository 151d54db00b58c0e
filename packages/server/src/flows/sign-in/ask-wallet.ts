import { sha256 } from '../../base/digest.ts'
import { later, minute } from '../../base/duration.ts'
import { hex } from '../../base/encoding.ts'
import { invalid, Refusal } from '../../base/errors.ts'
import { type AttemptToken, secret } from '../../base/secrets.ts'
import type { Core } from '../../core/core.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import { judgeMessage } from '../../core/wallets/judge-message.ts'
import { canonicalAddress, shownAddress } from '../../core/wallets/signature.ts'
import { type Chain, readWalletMessage, writeWalletMessage } from '../../core/wallets/wallet-message.ts'
import { chosenRoles, refuseLarge } from '../steps/account-policy.ts'
import type { NewAccount } from '../steps/create-account.ts'
import { refuseKeys } from '../steps/refuse-keys.ts'
import { refuseLinking } from '../steps/refuse-linking.ts'

const askSeconds = 5 * minute

/** Who asks for a wallet, and what for. */
export interface AskedWallet {
  readonly chain: Chain
  readonly address: string
  /** The page that asks: a listed place. Default the site. */
  readonly uri?: string | undefined
  /** Whether an account may be made. Default true. */
  readonly createUser?: boolean | undefined
  readonly about?: NewAccount
  /** Whose account the wallet is to be connected with; it then finishes in that session alone (S40). */
  readonly link?: { readonly user: User; readonly session: Session }
  /** Whose wallet it is, to prove once more who they are: it takes the place of an elevation. */
  readonly elevation?: {
    readonly user: User
    readonly session: Session
    readonly ticket: Ticket
    /** Its handle goes on with the question. */
    readonly attempt: string
  }
}

/**
 * Writes a message for a wallet to sign. It counts once, for five minutes.
 * @throws Refusal `provider_disabled`, `redirect_not_allowed`, `validation_failed`, `payload_too_large`, `attempt_expired`
 * where the elevation it would go on with is over, `feature_disabled` where nothing may be connected, `reauthentication_needed`
 */
export async function askWallet(
  core: Core,
  asked: AskedWallet,
): Promise<{ readonly ticket: Ticket; readonly attempt: string }> {
  const { chain, createUser = true, about = {}, link, elevation } = asked
  const within = link ?? elevation
  refuseWalletsOff(core, chain)
  if (within !== undefined) refuseKeys(within.session)
  if (link !== undefined) refuseLinking(core, link)
  refuseLarge(core, about.metadata)
  if (about.roles !== undefined) chosenRoles(core, about.roles)
  const address = await canonicalAddress(chain, asked.address)
  if (address === undefined) throw invalid('address', `must be an address on ${chain}`)
  const nonce = hex(core.runtime.randomBytes(16))
  const reason = link !== undefined ? 'link' : elevation !== undefined ? 'elevation' : 'sign_in'
  const uri = asked.uri ?? core.settings.siteUrl
  const message = await messageFor(core, { chain, address, nonce, uri, statement: statements[reason] })
  const subject = within === undefined ? nonce : `${within.user.id}:wallet`
  const sealed = core.vault.seal(JSON.stringify(about), contextOf(subject)).toString('base64')
  return core.transaction(async (tx) => {
    if (elevation !== undefined && (await tx.tickets.spend(elevation.ticket.id)) === undefined)
      throw new Refusal('attempt_expired')
    // What was signed in answer to this question is not to be shown as a message that an app wrote by itself.
    await tx.tickets.useOnce(walletMessageSubject(message), 'wallet_message', askSeconds + minute)
    const { ticket, attempt } = await tx.tickets.issue({
      purpose: 'wallet',
      subject,
      userId: within?.user.id ?? null,
      sessionId: within?.session.id ?? null,
      seconds: askSeconds,
      payload: { for: reason, chain, address, message, createUser, about: sealed },
      ...(elevation === undefined ? {} : { attempt: secret<AttemptToken>(elevation.attempt) }),
    })
    return { ticket, attempt }
  })
}

const statements = {
  sign_in: 'Sign in.',
  link: 'Connect this wallet with my account.',
  elevation: 'It is me, still.',
} as const

/** What a message is remembered as, so that it counts once. */
export const walletMessageSubject = (message: string): string => `wallet:${hex(sha256(message))}`

const contextOf = (subject: string): string => `tickets/${subject}/payload about`

async function messageFor(
  core: Core,
  asked: Pick<AskedWallet, 'chain' | 'address'> & {
    readonly uri: string
    readonly nonce: string
    readonly statement: string
  },
): Promise<string> {
  const { chain, address, nonce, statement, uri } = asked
  const issuedAt = core.runtime.now()
  const message = writeWalletMessage({
    chain,
    address: await shownAddress(chain, address),
    domain: URL.canParse(uri) ? new URL(uri).host : '',
    statement,
    uri,
    network: chain === 'ethereum' ? '1' : 'mainnet',
    nonce,
    issuedAt,
    expiresAt: later(issuedAt, askSeconds),
  })
  refuseForeignPage(core, message, asked)
  return message
}

/** A message that this server would not accept is not written either. */
function refuseForeignPage(
  core: Core,
  message: string,
  { chain, uri }: { readonly chain: Chain; readonly uri?: string | undefined },
): void {
  const refused = (reason: string) => new Refusal('redirect_not_allowed', { details: { url: uri, reason } })
  const { redirects, settings, runtime } = core
  try {
    const on = { redirects, now: runtime.now(), seconds: settings.wallets.seconds }
    const fault = judgeMessage(readWalletMessage(message, chain), on)
    if (fault !== undefined) throw refused(fault)
  } catch (error) {
    throw error instanceof Refusal && error.code === 'wallet_signature_invalid' ? refused('malformed') : error
  }
}

/** What was asked of a wallet, as its ticket keeps it. */
export interface WalletQuestion {
  readonly chain: Chain
  readonly address: string
  readonly message: string
  readonly createUser: boolean
  readonly about: NewAccount
}

/** The question that a ticket of {@link askWallet} is. */
export function questionOf({ vault }: Pick<Core, 'vault'>, { subject, payload }: Ticket): WalletQuestion {
  const { about, ...kept } = payload as JsonObject & Omit<WalletQuestion, 'about'>
  const opened = vault.open(Buffer.from(String(about), 'base64'), contextOf(subject)).toString('utf8')
  return { ...kept, about: JSON.parse(opened) as NewAccount }
}

/** @throws Refusal `provider_disabled` */
export function refuseWalletsOff({ settings }: Pick<Core, 'settings'>, chain: Chain): void {
  if (settings.wallets[chain]) return
  throw new Refusal('provider_disabled', { details: { reason: 'disabled', provider: chain } })
}
