import type { z } from 'zod'
import { later } from '../../base/duration.ts'
import type { Core } from '../../core/core.ts'
import { maskPhone } from '../../core/identifiers/phone.ts'
import type { AccessKey } from '../../core/keys/access-keys.ts'
import { authenticatorName } from '../../core/passkeys/authenticators.ts'
import type { ProviderTokens } from '../../core/providers/provider.ts'
import type { Session } from '../../core/sessions/session.ts'
import { ssoPrefix } from '../../core/sso/sso-provider.ts'
import { accountsElsewhere } from '../../core/users/accounts-elsewhere.ts'
import type { Factor } from '../../core/users/factor.ts'
import type { Identity, User } from '../../core/users/user.ts'
import { walletOf } from '../../core/wallets/wallet-identity.ts'
import { describeDevice } from './device.ts'
import type { providerTokens } from './schemas/outcome.ts'
import type { accessKey, adminUser, factor, identity, session, user } from './schemas/user.ts'

/** An instant as answers show it, or null. */
export function timeOf(at: Date): string
export function timeOf(at: Date | null | undefined): string | null
export function timeOf(at: Date | null | undefined): string | null {
  return at?.toISOString() ?? null
}

const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null)

/** Accounts elsewhere; the own addresses are fields of the user. */
export function presentIdentities(user: Pick<User, 'identities'>): z.input<typeof identity>[] {
  return accountsElsewhere(user).map(presentIdentity)
}

/** An account elsewhere. */
export function presentIdentity(one: Identity): z.input<typeof identity> {
  const { data } = one
  const wallet = walletOf(one)
  return {
    id: one.id,
    provider: wallet === undefined ? one.provider : `wallet:${wallet.chain}`,
    subject: wallet?.address ?? one.subject,
    email: one.email,
    emailVerified: data['email_verified'] === true,
    name: textOf(data['full_name']) ?? textOf(data['name']),
    avatarUrl: textOf(data['avatar_url']) ?? textOf(data['picture']),
    profile: data,
    createdAt: timeOf(one.createdAt),
    lastSignInAt: timeOf(one.lastSignInAt),
  }
}

/** Tokens of a provider, for the one who may have them. */
export function presentProviderTokens(provider: string, one: ProviderTokens): z.input<typeof providerTokens> {
  const { accessToken, refreshToken, scopes, expiresAt } = one
  return { provider, accessToken, refreshToken, scopes: [...scopes], expiresAt: timeOf(expiresAt) }
}

function waysInOf(one: User): ('password' | 'code' | 'provider' | 'sso' | 'passkey' | 'wallet')[] {
  const elsewhere = accountsElsewhere(one)
  const isSsos = ({ provider }: Identity) => provider.startsWith(ssoPrefix)
  const isProved = one.emailConfirmedAt !== null || one.phoneConfirmedAt !== null
  return [
    ...(one.hasPassword && isProved && !one.isSso ? (['password'] as const) : []),
    ...(isProved && !one.isSso ? (['code'] as const) : []),
    ...(elsewhere.some((each) => walletOf(each) === undefined && !isSsos(each)) ? (['provider'] as const) : []),
    ...(elsewhere.some(isSsos) ? (['sso'] as const) : []),
    ...(one.factors.some(({ credential }) => credential?.signsIn === true) ? (['passkey'] as const) : []),
    ...(elsewhere.some((each) => walletOf(each) !== undefined) ? (['wallet'] as const) : []),
  ]
}

/** Second factors, oldest first. */
export function presentFactors({ factors }: Pick<User, 'factors'>): z.input<typeof factor>[] {
  return factors.flatMap((one) => presentFactor(one) ?? [])
}

/** A second factor, or nothing for a type this dialect has no word for. */
export function presentFactor(one: Factor): z.input<typeof factor> | undefined {
  const { id, name, status } = one
  const base = { id, name, status, createdAt: timeOf(one.createdAt), lastUsedAt: timeOf(one.lastUsedAt) }
  switch (one.type) {
    case 'totp':
      return { type: 'totp', ...base }
    case 'phone':
      return { type: 'phone', ...base, phone: maskPhone(one.phone ?? '') }
    case 'recovery_code':
      return { type: 'recovery_codes', ...base, total: one.total ?? 0, remaining: one.remaining ?? 0 }
    case 'webauthn':
    case 'passkey':
      return { type: 'passkey', ...base, ...presentCredential(one) }
  }
}

function presentCredential({ credential }: Factor) {
  const { signsIn = false, backedUp = false, transports = [], aaguid = null } = credential ?? {}
  const name = authenticatorName(aaguid)
  return {
    signIn: signsIn,
    backedUp,
    transports: [...transports],
    authenticator: aaguid === null ? null : { aaguid, name: name ?? 'Unknown authenticator' },
  }
}

/** A personal access token. @param text the token itself, the one time it is shown */
export function presentAccessKey(one: AccessKey, text: string | null = null): z.input<typeof accessKey> {
  const { id, name, hint, scopes, metadata } = one
  return {
    id,
    name,
    hint,
    scopes: [...(scopes ?? ['*'])],
    metadata,
    expiresAt: timeOf(one.expiresAt),
    createdAt: timeOf(one.createdAt),
    lastUsedAt: timeOf(one.lastUsedAt),
    key: text,
  }
}

/** A user as they see themselves. */
export function presentUser(one: User): z.input<typeof user> {
  return {
    id: one.id,
    email: one.email,
    phone: one.phone,
    isAnonymous: one.isAnonymous,
    role: one.role,
    roles: [...one.roles],
    defaultRole: one.defaultRole,
    metadata: one.metadata,
    appMetadata: one.appMetadata,
    emailConfirmedAt: timeOf(one.emailConfirmedAt),
    phoneConfirmedAt: timeOf(one.phoneConfirmedAt),
    pendingEmail: one.pendingEmail,
    pendingPhone: one.pendingPhone,
    displayName: one.displayName,
    avatarUrl: one.avatarUrl,
    locale: one.locale,
    isSso: one.isSso,
    waysIn: waysInOf(one),
    identities: presentIdentities(one),
    factors: presentFactors(one),
    createdAt: timeOf(one.createdAt),
    updatedAt: timeOf(one.updatedAt),
    lastSignInAt: timeOf(one.lastSignInAt),
  }
}

/** A user as administrators see them. */
export function presentAdminUser(one: User): z.input<typeof adminUser> {
  return {
    ...presentUser(one),
    bannedUntil: timeOf(one.bannedUntil),
    deletedAt: timeOf(one.deletedAt),
    invitedAt: timeOf(one.invitedAt),
    createdBy: { dialect: one.createdBy.dialect, way: one.createdBy.way },
  }
}

/** A session. @param current the caller's own, if they have one */
export function presentSession(
  { settings }: Pick<Core, 'settings'>,
  one: Session,
  current: string | undefined,
): z.input<typeof session> {
  const idleEnd = later(one.lastUsedAt, settings.sessions.idle)
  return {
    id: one.id,
    userId: one.userId,
    aal: one.aal,
    amr: one.amr.map(({ method, at, provider }) => ({ method, at, provider })),
    provedAt: timeOf(one.provedAt),
    createdAt: timeOf(one.createdAt),
    lastUsedAt: timeOf(one.lastUsedAt),
    idleEndsAt: timeOf(idleEnd < one.endsAt ? idleEnd : one.endsAt),
    endsAt: timeOf(one.endsAt),
    current: one.id === current,
    dialect: one.dialect,
    actor: one.actorId,
    device: describeDevice(one.userAgent),
    ip: one.ip,
  }
}
