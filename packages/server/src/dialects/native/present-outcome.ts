import type { z } from 'zod'
import type { Core } from '../../core/core.ts'
import type { TotpSetup } from '../../core/factors/totp.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { Progress } from '../../flows/attempt/progress.ts'
import { decideStep, purposeOf } from '../../flows/attempt/step.ts'
import type { Grant } from '../../flows/session/open.ts'
import { linkText } from '../../flows/steps/link-text.ts'
import type { Exchange } from '../../http/exchange.ts'
import { isCookieMode, setSessionCookies } from './cookie-mode.ts'
import { attemptPrefix } from './manners.ts'
import {
  presentFactor,
  presentIdentities,
  presentProviderTokens,
  presentSession,
  presentUser,
  timeOf,
} from './present.ts'
import type { complete, outcome, pending, step } from './schemas/outcome.ts'

type Outcome = z.input<typeof outcome>

/** The one answer of everything that may need another step. */
export function presentOutcome(
  { core, exchange }: { readonly core: Core; readonly exchange: Exchange },
  progress: Progress,
): Outcome {
  return progress.kind === 'pending'
    ? presentPending(core, progress)
    : { ...presentSignedIn({ core, exchange }, progress.grant), factor: factorOf(progress) }
}

const factorOf = ({ factor }: Extract<Progress, { kind: 'complete' }>) =>
  factor === undefined ? null : (presentFactor(factor) ?? null)

/** A finished sign-in. In cookie mode the tokens go into cookies too. */
export function presentSignedIn(
  { core, exchange }: { readonly core: Core; readonly exchange: Exchange },
  grant: Grant,
): z.input<typeof complete> {
  // A program has its token, and an administrator an hour at most: neither is a browser of the person.
  const isKeys = grant.session.accessKeyId !== null || grant.session.actorId !== null
  const inCookies = isCookieMode(exchange) && !isKeys
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
      refreshToken: inCookies || isKeys ? null : grant.refreshToken,
    },
    isNewUser: grant.isNewUser,
    identity: presentIdentities(grant.user).find(({ id }) => id === grant.brought?.identityId) ?? null,
    providerTokens: tokensOf(grant),
    factor: null,
    weakPassword: grant.weakPassword.length === 0 ? null : ([...grant.weakPassword] as ['length']),
  }
}

/** Handed out here and only here (S76). */
function tokensOf({ brought }: Grant) {
  return brought?.tokens == null ? null : presentProviderTokens(brought.provider, brought.tokens)
}

/** An attempt and its next step. @param pending.shown what an authenticator app is given, the one time it is shown */
export function presentPending(
  core: Pick<Core, 'settings' | 'vault'>,
  {
    ticket,
    attempt,
    shown,
  }: { readonly ticket: Ticket; readonly attempt: string; readonly shown?: TotpSetup | undefined },
): z.input<typeof pending> {
  return {
    status: 'pending',
    attempt: {
      token: attemptPrefix + attempt,
      purpose: purposeOf(ticket),
      step: presentStep(core, ticket, shown),
      expiresAt: timeOf(ticket.expiresAt),
    },
  }
}

function presentStep(
  core: Pick<Core, 'settings' | 'vault'>,
  ticket: Ticket,
  shown: TotpSetup | undefined,
): z.input<typeof step> {
  const next = decideStep(ticket, core.settings)
  if (next.type === 'redirect')
    return { ...next, url: `${next.url}?${new URLSearchParams({ link: linkText(core, ticket) })}` }
  if (next.type === 'accept') return next
  if (next.type === 'passkey' || next.type === 'wallet') return { ...next, expiresAt: timeOf(next.expiresAt) }
  if (next.type === 'totp_setup')
    return {
      ...next,
      secret: shown?.secret ?? null,
      uri: shown?.uri ?? null,
      qr: shown === undefined ? null : imageOf(shown),
    }
  if (next.type === 'choose')
    return { type: 'choose', options: next.options.map((each) => ({ ...each, enroll: false })) }
  return { ...next, resendAt: timeOf(next.resendAt), expiresAt: timeOf(next.expiresAt) }
}

const imageOf = ({ qr }: TotpSetup): string => `data:image/svg+xml;base64,${Buffer.from(qr).toString('base64')}`
