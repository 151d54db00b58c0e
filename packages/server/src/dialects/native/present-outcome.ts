import type { z } from 'zod'
import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Progress } from '../../flows/attempt/progress.ts'
import { decideStep, purposeOf, type Step } from '../../flows/attempt/step.ts'
import type { Grant } from '../../flows/session/open.ts'
import type { Exchange } from '../../http/exchange.ts'
import { isCookieMode, setSessionCookies } from './cookie-mode.ts'
import { attemptPrefix } from './manners.ts'
import { presentSession, presentUser, timeOf } from './present.ts'
import type { complete, outcome, pending, step } from './schemas/outcome.ts'

type Outcome = z.input<typeof outcome>

/** The one answer of everything that may need another step. */
export function presentOutcome(
  { core, exchange }: { readonly core: Core; readonly exchange: Exchange },
  progress: Progress,
): Outcome {
  return progress.kind === 'pending'
    ? presentPending(core, progress)
    : presentSignedIn({ core, exchange }, progress.grant)
}

/** A finished sign-in. In cookie mode the tokens go into cookies too. */
export function presentSignedIn(
  { core, exchange }: { readonly core: Core; readonly exchange: Exchange },
  grant: Grant,
): z.input<typeof complete> {
  const inCookies = isCookieMode(exchange)
  if (inCookies) setSessionCookies(core, exchange, grant)
  return {
    status: 'complete',
    user: presentUser(grant.user),
    session: presentSession(core, grant.session, grant.session.id),
    tokens: {
      accessToken: grant.accessToken,
      tokenType: 'Bearer',
      expiresIn: grant.expiresIn,
      expiresAt: timeOf(grant.expiresAt),
      refreshToken: inCookies ? null : grant.refreshToken,
    },
    isNewUser: grant.isNewUser,
    weakPassword: grant.weakPassword.length === 0 ? null : ([...grant.weakPassword] as ['length']),
  }
}

/** An attempt and its next step. */
export function presentPending(
  { settings }: Pick<Core, 'settings'>,
  { ticket, attempt }: { readonly ticket: Ticket; readonly attempt: string },
): z.input<typeof pending> {
  return {
    status: 'pending',
    attempt: {
      token: attemptPrefix + attempt,
      purpose: purposeOf(ticket),
      step: presentStep(decideStep(ticket, settings)),
      expiresAt: timeOf(ticket.expiresAt),
    },
  }
}

function presentStep(next: Step): z.input<typeof step> {
  if (next.type === 'accept') return next
  if (next.type === 'choose')
    return { type: 'choose', options: next.options.map((each) => ({ ...each, enroll: false })) }
  return { ...next, resendAt: timeOf(next.resendAt), expiresAt: timeOf(next.expiresAt) }
}
