import { Refusal } from '../../base/errors.ts'
import { newId } from '../../base/id.ts'
import type { AccessToken, RefreshToken } from '../../base/secrets.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import type { ProviderTokens } from '../../core/providers/provider.ts'
import { type Aal, mostProofs, type Proof, type Session, type SessionKey } from '../../core/sessions/session.ts'
import { accessClaims } from '../../core/tokens/claims.ts'
import { awaitsApproval } from '../../core/users/approval.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import { awaitingApproval } from '../steps/hold-newcomer.ts'
import { askForClaims } from './ask-for-claims.ts'

/** What came along from a provider. */
export interface Brought {
  readonly provider: string
  readonly identityId: string
  /** Handed out once, to whoever began the sign-in (S76). */
  readonly tokens: ProviderTokens | null
}

/** What a finished sign-in yields. */
export interface Grant {
  readonly user: User
  readonly session: Session
  readonly refreshToken: RefreshToken
  readonly accessToken: AccessToken
  /** Seconds the access token lives, and when that ends. */
  readonly expiresIn: number
  readonly expiresAt: Date
  readonly isNewUser: boolean
  readonly brought?: Brought | undefined
  /** Why the accepted password would not be accepted anew. */
  readonly weakPassword: readonly string[]
}

export interface Opening {
  readonly user: User
  readonly amr: readonly Omit<Proof, 'at'>[]
  readonly aal?: Aal
  readonly isNewUser?: boolean
  readonly brought?: Brought | undefined
  /** The personal access token that opens it. What a program does leaves its owner's sign-ins alone. */
  readonly key?: SessionKey
  /** The administrator who acts for the user in it (S108). It leaves the owner's sign-ins alone as well. */
  readonly actor?: Actor
  /** When the session ends at the latest; default when the policy says. */
  readonly notAfter?: Date | undefined
}

/** A session that is written but whose access token is not signed yet. */
export interface Opened {
  /** Whether a key, a second factor or a code sent to this end was proved once more a moment ago; its access token says so, and the next one does not. */
  readonly isElevated?: boolean
  readonly user: User
  readonly session: Session
  readonly refreshToken: RefreshToken
  readonly isNewUser: boolean
  readonly brought?: Brought | undefined
  /** `refresh`: it goes on as it was; `proof`: it goes on, and something more was proved. Default: it is new. */
  readonly cause?: 'refresh' | 'proof'
}

/** A banned or deleted person is refused at every door. @throws Refusal `user_banned`, `user_not_found` */
export function refuseUnwelcome(user: User, now: Date): void {
  if (user.deletedAt !== null) throw new Refusal('user_not_found')
  if (user.bannedUntil !== null && user.bannedUntil > now) {
    if (awaitsApproval(user)) throw awaitingApproval()
    throw new Refusal('user_banned', { details: { until: user.bannedUntil.toISOString() } })
  }
}

/**
 * Opens a session for whoever went through the door (`enter`); a sign-up that has just made the account may come straight
 * here. Runs inside the transaction of the sign-in; {@link grant} signs after its commit.
 * Codes and links for signing in that are still out die with it.
 * @returns the account as it stands now, and locked: it may have changed since the proof was looked at
 * @throws Refusal `user_banned`, `user_not_found`
 */
export async function openSession(tx: Core, caller: Caller, opening: Opening): Promise<Opened> {
  const now = tx.runtime.now()
  const id = newId(tx.runtime)
  const userId = opening.user.id
  // Sent together and done in this order; a refusal takes all of it back.
  const { key, actor } = opening
  const isOwn = key === undefined && actor === undefined
  const changed = tx.users.update(userId, isOwn ? { lastSignInAt: now } : {})
  const opened = Promise.all([
    tx.sessions.open({
      id,
      userId,
      dialect: caller.manners.name,
      aal: opening.aal ?? 'aal1',
      amr: opening.amr.map((proof) => ({ ...proof, at: now.toISOString() })),
      userAgent: caller.userAgent,
      ip: caller.ip,
      key,
      actorId: actor?.id ?? null,
      notAfter: opening.notAfter,
    }),
    tx.settings.sessions.singlePerUser && isOwn ? tx.sessions.endAll(userId, id) : undefined,
    isOwn ? tx.tickets.killAll(userId, ['sign_in']) : undefined,
    tx.audit.record({
      ...auditOf(caller, userId, actor),
      action: 'session.opened',
      result: 'ok',
      sessionId: id,
      details: { amr: opening.amr.map((proof) => proof.method), isNewUser: opening.isNewUser ?? false },
    }),
  ])
  // Of an account that is gone nothing can be opened either; the refusal below says it better.
  opened.catch(() => undefined)
  const user = await changed
  if (user === undefined) throw new Refusal('user_not_found')
  refuseUnwelcome(user, now)
  const [{ session, refreshToken }] = await opened
  return { user, session, refreshToken, isNewUser: opening.isNewUser ?? false, brought: opening.brought }
}

/**
 * Makes sure that the session behind a change has not ended since the request was let in: hashes and other slow steps lie
 * between. Called once the change has locked the account, so that nothing can end the session from here on.
 * @throws Refusal `session_not_found`
 */
export async function refuseEnded(tx: Core, session: Pick<Session, 'id' | 'userId'>): Promise<void> {
  if ((await tx.sessions.findLive(session.id, session.userId)) === undefined) throw new Refusal('session_not_found')
}

/**
 * A session in which something more was proved: it goes on with new tokens, and the old refresh token is dead. Its level is
 * what the proof makes it, or else that of whoever brought the proof: a token from before a step-up does not rise by less.
 * @param input.older `fall`: nothing about the account changes by it, so an older token that is just on its way to the
 * browser leads back to the session as it was. Default `die`.
 * @throws Refusal `session_not_found` when it ended meanwhile
 */
export async function continueSession(
  tx: Core,
  input: {
    readonly user: User
    readonly session: Session
    readonly proof: Omit<Proof, 'at'>
    readonly aal?: Aal
    readonly older?: 'die' | 'fall'
  },
): Promise<Opened> {
  const { user, session, proof, aal, older = 'die' } = input
  const amr = [{ ...proof, at: tx.runtime.now().toISOString() }, ...session.amr].slice(0, mostProofs)
  const level = aal === undefined ? { atMost: session.aal } : { aal }
  const renewed = await tx.sessions.renew(session.id, { amr, older, ...level })
  if (renewed === undefined) throw new Refusal('session_not_found')
  return { user, ...renewed, isNewUser: false, cause: 'proof' }
}

/** Signs the access token of a session that is committed. @throws Refusal as {@link askForClaims} */
export async function grant(core: Core, opened: Opened, weakPassword: readonly string[] = []): Promise<Grant> {
  const { cause, ...rest } = opened
  const { session } = opened
  const ours = accessClaims(opened, core.settings, core.runtime.now())
  const claims = await askForClaims(core, ours, { session, cause })
  const accessToken = await core.accessTokens.sign(claims)
  return {
    ...rest,
    accessToken,
    expiresIn: claims.exp - claims.iat,
    expiresAt: new Date(claims.exp * 1000),
    weakPassword,
  }
}
