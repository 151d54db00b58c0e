import { invalid, Refusal } from '../../base/errors.ts'
import type { Authorization } from '../../core/clients/authorizations.ts'
import type { OAuthClient } from '../../core/clients/client.ts'
import type { Core } from '../../core/core.ts'
import { isClaimedRedirect } from '../../core/identifiers/client-redirect.ts'
import type { Session } from '../../core/sessions/session.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { refuseEnded, refuseUnwelcome } from '../session/open.ts'
import { auditOf } from '../steps/audit-of.ts'
import { answerTo } from './answer.ts'
import type { AuthorizationServer } from './server.ts'

/** Who answers, in which session. */
export interface Answering {
  readonly user: User
  readonly session: Session
}

/** What an application asks for, for the page that shows it. */
export interface Asked {
  readonly authorization: Authorization
  readonly client: OAuthClient
}

/** The face that shows a request; none for a page that shows those of all of them. */
type Face = AuthorizationServer | undefined

/** The request behind a handle. @throws Refusal `not_found` for an unknown one, one that is over, and one of another face */
export async function findAuthorization(core: Core, server: Face, handle: string): Promise<Asked> {
  const authorization = await core.authorizations.find(handle)
  const client = authorization === undefined ? undefined : await core.clients.find(authorization.clientId)
  if (authorization === undefined || client === undefined) throw new Refusal('not_found')
  const isShown = server === undefined ? authorization.issuer !== null : authorization.tokens === server.tokens
  if (!isShown) throw new Refusal('not_found')
  return { authorization, client }
}

/** Where an answer goes, in the name of the face that was asked. */
function answerOf(server: Face, authorization: Authorization, answer: Readonly<Record<string, string>>): string {
  return answerTo({ issuer: authorization.issuer ?? server?.issuer ?? '' }, authorization, answer)
}

/**
 * Shows a request to the first person who looks at it, and from then on to nobody else. What they have allowed before is
 * not asked again, unless the application asks for that or another program could be posing as it (RFC 8252 §8.6).
 * @throws Refusal `not_found`, also for somebody else's, `conflict` when it is answered already
 */
export async function readAuthorization(
  core: Core,
  caller: Caller,
  input: { readonly server?: AuthorizationServer; readonly handle: string; readonly by: Answering },
): Promise<Asked | { readonly redirectTo: string }> {
  const { server, by } = input
  const found = await findAuthorization(core, server, input.handle)
  const authorization = await bindTo(core, found.authorization, by.user)
  const asked = { ...found, authorization }
  const stands = (now: Core) => isAllowedBefore(now, asked, by.user)
  if (!(await stands(core))) return asked
  try {
    return { redirectTo: await approve(core, caller, { server, asked, by, scopes: authorization.scopes, stands }) }
  } catch (error) {
    if (error instanceof Withdrawn) return asked
    throw error
  }
}

/** What had been allowed before was taken back in this very moment. */
class Withdrawn extends Error {}

/** @throws Refusal `not_found`, `conflict` */
async function bindTo(core: Core, { id, userId, answeredAt }: Authorization, user: User): Promise<Authorization> {
  if (userId !== null && userId !== user.id) throw new Refusal('not_found')
  if (answeredAt !== null) throw answered()
  const bound = await core.authorizations.bind(id, user.id)
  if (bound === undefined) throw new Refusal('not_found')
  return bound
}

async function isAllowedBefore(core: Core, { authorization, client }: Asked, user: User): Promise<boolean> {
  const asksAgain = authorization.prompt?.split(' ').some((word) => word !== 'none') === true
  const mayPose = client.authMethod === 'none' && !isClaimedRedirect(authorization.redirectUri)
  if (asksAgain || mayPose) return false
  const consent = await core.consents.find(user.id, client.id)
  return (
    consent !== undefined &&
    consent.tokens === authorization.tokens &&
    authorization.scopes.every((scope) => consent.scopes.includes(scope))
  )
}

/** How a request is answered. */
export interface Decision {
  /** The face it is answered at; absent where a page answers those of all of them. */
  readonly server?: AuthorizationServer
  readonly handle: string
  readonly by: Answering
  readonly decision: 'approve' | 'deny'
  /** Those of the asked scopes that are allowed (RFC 6749 §3.3). Default all. */
  readonly scopes?: readonly string[] | undefined
  /** `unseen`: may be answered without having been looked at, for clients that show it before anybody is signed in. */
  readonly may?: 'unseen'
}

/**
 * Answers a request, once. What is allowed is remembered in place of what was allowed before.
 * @returns where the browser goes: the application's place, with a code or an error
 * @throws Refusal `not_found`, `conflict` when it is answered already, `validation_failed` for scopes that were not asked for
 */
export async function decideAuthorization(core: Core, caller: Caller, input: Decision): Promise<string> {
  const { server, by, decision, may } = input
  const asked = await findAuthorization(core, server, input.handle)
  const { authorization } = asked
  if (may !== 'unseen' && authorization.userId !== by.user.id) throw new Refusal('not_found')
  const { scopes = authorization.scopes } = input
  if (!scopes.every((scope) => authorization.scopes.includes(scope)))
    throw invalid('scopes', 'must be among those that are asked for')
  await bindTo(core, authorization, by.user)
  if (decision === 'approve') return approve(core, caller, { server, asked, by, scopes })
  const denied = await core.transaction(async (tx) => {
    if (!(await tx.authorizations.deny(authorization.id, by.user.id))) return false
    await tx.audit.record({ ...entryOf(caller, { asked, by, scopes: authorization.scopes }), action: 'consent.denied' })
    return true
  })
  if (!denied) throw answered()
  return answerOf(server, authorization, { error: 'access_denied', error_description: 'User denied the request' })
}

interface Approving {
  readonly server: Face
  readonly asked: Asked
  readonly by: Answering
  readonly scopes: readonly string[]
  /** Whether what makes it allowed stands, where the person is not asked. Default: they were. */
  readonly stands?: (tx: Core) => Promise<boolean>
}

/** @throws {Withdrawn} */
async function approve(core: Core, caller: Caller, { server, asked, by, scopes, stands }: Approving): Promise<string> {
  const { authorization, client } = asked
  const code = await core.transaction(async (tx) => {
    const user = await tx.users.update(by.user.id, {})
    if (user === undefined) throw new Refusal('user_not_found')
    refuseUnwelcome(user, tx.runtime.now())
    if (!(await tx.clients.hold(client.id))) throw new Refusal('not_found')
    await refuseEnded(tx, by.session)
    if (stands !== undefined && !(await stands(tx))) throw new Withdrawn()
    const made = await tx.authorizations.approve(authorization.id, {
      userId: user.id,
      sessionId: by.session.id,
      provedAt: by.session.provedAt,
      seconds: tx.settings.oauthServer.codeSeconds,
      scopes,
    })
    if (made === undefined) return undefined
    await tx.consents.put({ userId: user.id, clientId: client.id, scopes, tokens: authorization.tokens })
    await tx.audit.record({ ...entryOf(caller, { asked, by, scopes }), action: 'consent.given' })
    return made
  })
  if (code === undefined) throw answered()
  return answerOf(server, authorization, { code })
}

function entryOf(caller: Caller, { asked, by, scopes }: Omit<Approving, 'server'>) {
  return {
    ...auditOf(caller, by.user.id),
    result: 'ok' as const,
    sessionId: by.session.id,
    target: { type: 'oauth_client', id: asked.client.id },
    details: { scopes },
  }
}

const answered = (): Refusal =>
  new Refusal('conflict', {
    message: 'This request has been answered already. Please start again in the application.',
    details: { reason: 'answered' },
  })
