import { sameText, sha256 } from '../../base/digest.ts'
import { base64url } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { ReturnCode } from '../../base/secrets.ts'
import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { passwordBeside } from '../attempt/own-password.ts'
import { type Redeemed, type RedeemMore, redeem } from '../attempt/redeem.ts'
import { findLink, type Verified, verifiedOf } from '../attempt/verify.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'

/** Seconds between opening a link and exchanging what it brought back (RFC 6749 §4.1.2 advises ten minutes at most). */
const returnSeconds = 300

export interface OpenedLink {
  readonly ticket: Ticket
  readonly code: ReturnCode
  readonly redirectTo: string | undefined
  readonly state: string | undefined
}

/**
 * Opens a mailed link whose requester left a challenge: nothing is used up, and what comes back is worth nothing
 * without the verifier. A scanner that follows the link harms nobody.
 * @throws Refusal `otp_expired`
 */
export async function openLink(core: Core, input: Parameters<typeof findLink>[1]): Promise<OpenedLink> {
  const ticket = await findLink(core, input)
  const code = await core.tickets.openReturn(ticket, returnSeconds)
  return { ticket, code, redirectTo: text(ticket.payload['redirectTo']), state: text(ticket.payload['state']) }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** Checks a verifier's shape (RFC 7636 §4.1). */
export function isVerifier(input: string): boolean {
  return /^[A-Za-z0-9\-._~]{43,128}$/.test(input)
}

export interface Exchange {
  readonly code: string
  readonly verifier: string
  /** What the redemption needs beside its ticket. */
  readonly more?: RedeemMore
}

/**
 * Exchanges a return code for what its link is good for (RFC 7636 §4.6). A wrong verifier burns the code; a second use
 * ends what the first one opened (RFC 9700 §4.5).
 * @throws Refusal `flow_state_not_found` (`details.reason` `expired` where its time is over), `flow_state_already_used`,
 * `bad_code_verifier`, `user_banned`
 */
export async function exchangeCode(core: Core, caller: Caller, input: Exchange): Promise<Verified> {
  const returned = input.code.length > 128 ? undefined : await core.tickets.findByReturn(input.code)
  if (returned === undefined || returned.parentId === null) return refuseUnknown(core, input.code)
  if (returned.spentAt !== null) return punishSecondUse(core, caller, returned)
  const challenge = text(returned.payload['codeChallenge'])
  if (challenge === undefined || !isVerifier(input.verifier) || !answers(input.verifier, challenge)) {
    await core.tickets.spend(returned.id)
    throw new Refusal('bad_code_verifier')
  }
  const { parentId } = returned
  const outcome = await core.transaction(
    async (tx): Promise<{ redeemed: Redeemed; ticket: Ticket } | 'used' | 'gone'> => {
      if ((await tx.tickets.spend(returned.id)) === undefined) return 'used'
      const ticket = await tx.tickets.findById(parentId)
      if (ticket === undefined) return 'gone'
      const redeemed = await redeem(tx, caller, ticket, 'link', {
        ...ownPassword(tx, ticket),
        ...input.more,
        bound: true,
        from: [returned.id],
      })
      return { redeemed, ticket }
    },
  )
  core.wakeOutbox()
  if (outcome === 'used') return punishSecondUse(core, caller, returned)
  if (outcome === 'gone') throw new Refusal('flow_state_not_found')
  return verifiedOf(core, outcome.redeemed, outcome.ticket)
}

async function refuseUnknown(core: Core, code: string): Promise<never> {
  const late = code.length > 128 ? undefined : await core.tickets.findLateReturn(code)
  throw new Refusal('flow_state_not_found', late === undefined ? {} : { details: { reason: 'expired' } })
}

/** Whoever has the verifier left the challenge, and the password that waits beside the ticket. */
function ownPassword(tx: Core, ticket: Ticket): { readonly passwordHash?: string } {
  const passwordHash = ticket.purpose === 'sign_up' ? passwordBeside(tx, ticket) : undefined
  return passwordHash === undefined ? {} : { passwordHash }
}

function answers(verifier: string, challenge: string): boolean {
  return sameText(base64url(sha256(verifier)), challenge)
}

async function punishSecondUse(core: Core, caller: Caller, returned: Ticket): Promise<never> {
  if (returned.userId !== null) await core.tickets.killAll(returned.userId, ['second_factor'])
  const opened = (await core.tickets.findByReturnId(returned.id))?.openedSession ?? null
  if (opened !== null) {
    await core.transaction(async (tx) => {
      await tx.sessions.end(opened)
      await tx.audit.record({
        ...auditOf(caller, returned.userId, { type: 'nobody', id: null }),
        action: 'session.replayed',
        result: 'refused',
        code: 'flow_state_already_used',
        sessionId: opened,
      })
    })
  }
  throw new Refusal('flow_state_already_used')
}
