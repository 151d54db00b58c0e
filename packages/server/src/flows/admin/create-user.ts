import { invalid, Refusal } from '../../base/errors.ts'
import { newId } from '../../base/id.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import { assertImportable } from '../../core/passwords/parse-hash.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import { takenField } from '../../core/users/users.ts'
import type { Caller } from '../caller.ts'
import { chosenLocale, namesOf, refuseLarge, refuseWeak } from '../steps/account-policy.ts'
import { askBeforeUser } from '../steps/ask-before-user.ts'
import { auditOf } from '../steps/audit-of.ts'
import { putAddressIdentity } from '../steps/create-account.ts'
import { tellUserCreated } from '../steps/tell-user-created.ts'

/** What an administrator may say about a user; addresses are normalised before they come here. */
export interface AdminUserInput {
  readonly email?: string | undefined
  readonly phone?: string | undefined
  readonly password?: string | undefined
  /** A stored hash of another system, verified and replaced at the next sign-in. */
  readonly passwordHash?: string | undefined
  readonly emailConfirmed?: boolean | undefined
  readonly phoneConfirmed?: boolean | undefined
  readonly displayName?: string | undefined
  readonly avatarUrl?: string | null | undefined
  readonly locale?: string | undefined
  readonly metadata?: JsonObject | undefined
  readonly appMetadata?: JsonObject | undefined
  readonly roles?: readonly string[] | undefined
  readonly defaultRole?: string | undefined
  readonly role?: string | undefined
  readonly bannedUntil?: Date | null | undefined
}

export interface AdminCreate extends AdminUserInput {
  readonly id?: string | undefined
  /** `admin`, `import`, `invite` or `link`. */
  readonly way: string
  readonly invited?: boolean | undefined
  /** Whether the password rules hold; an administrator's own choice of upstream compatibility. Default yes. */
  readonly policy?: 'enforced' | 'skipped' | undefined
}

/**
 * Makes a user. No mail is sent.
 * @throws Refusal `validation_failed` without an address or with a password and a hash, `user_already_exists` with
 * `details.field`, `weak_password`, `hash_not_supported`, `payload_too_large`
 */
export async function createUser(core: Core, caller: Caller, actor: Actor, input: AdminCreate): Promise<User> {
  const passwordHash = await hashFor(core, input)
  return core.transaction((tx) => insertUser(tx, caller, actor, { ...input, storedHash: passwordHash }))
}

/** What an administrator makes whole is theirs to decide; a person who is only called in is told of like any other. */
const isAskedAbout: ReadonlySet<string> = new Set(['invite', 'link'])

/** As {@link createUser}, inside the caller's transaction and with the hash made before. */
export async function insertUser(
  tx: Core,
  caller: Caller,
  actor: Actor,
  input: AdminCreate & { readonly storedHash: string | null },
): Promise<User> {
  const { email, phone } = input
  if (email === undefined && phone === undefined)
    throw invalid('email', 'an e-mail address or a phone number is needed')
  const now = tx.runtime.now()
  const who = {
    email: email ?? null,
    phone: phone ?? null,
    role: input.role ?? tx.settings.roles.database,
    metadata: input.metadata ?? {},
    appMetadata: input.appMetadata ?? {},
    isAnonymous: false,
  }
  const id = isAskedAbout.has(input.way)
    ? await askBeforeUser(tx, caller, who, input.id)
    : (input.id ?? newId(tx.runtime))
  const created = await tx.users.create({
    ...who,
    id,
    emailConfirmedAt: email !== undefined && input.emailConfirmed === true ? now : null,
    phoneConfirmedAt: phone !== undefined && input.phoneConfirmed === true ? now : null,
    passwordHash: input.storedHash,
    roles: input.roles ?? [...new Set([tx.settings.roles.default, ...tx.settings.roles.allowed])],
    defaultRole: input.defaultRole ?? tx.settings.roles.default,
    displayName: input.displayName ?? '',
    avatarUrl: input.avatarUrl ?? null,
    locale: chosenLocale(tx, input.locale),
    bannedUntil: input.bannedUntil ?? null,
    invitedAt: input.invited === true ? now : null,
    createdBy: { dialect: caller.manners.name, way: input.way },
  })
  if (created === undefined) throw await taken(tx, input)
  await putIdentities(tx, created.id, input)
  await tx.audit.record({
    ...auditOf(caller, created.id, actor),
    action: 'user.created',
    result: 'ok',
    details: { way: input.way },
  })
  const made = (await tx.users.find(created.id)) ?? created
  if (isAskedAbout.has(input.way)) await tellUserCreated(tx, caller, made)
  return made
}

async function putIdentities(tx: Core, userId: string, input: AdminCreate): Promise<void> {
  const { email, phone, emailConfirmed = false, phoneConfirmed = false } = input
  if (email !== undefined) await putAddressIdentity(tx, { userId, address: { email }, verified: emailConfirmed })
  if (phone !== undefined) await putAddressIdentity(tx, { userId, address: { phone }, verified: phoneConfirmed })
}

/** Which of the addresses, or the id, belongs to somebody already. */
async function taken(tx: Core, { email, phone }: AdminUserInput): Promise<Refusal> {
  const byEmail = email === undefined ? undefined : await tx.users.findByAddress({ email })
  const byPhone = phone === undefined ? undefined : await tx.users.findByAddress({ phone })
  const field = byEmail !== undefined ? 'email' : byPhone !== undefined ? 'phone' : 'id'
  return new Refusal('user_already_exists', { details: { field } })
}

/** The stored hash for a new password or an imported one; `null` for none. */
export async function hashFor(core: Core, input: AdminCreate | AdminUserInput): Promise<string | null> {
  await refusePassword(core, input)
  if (input.passwordHash !== undefined) return input.passwordHash
  return input.password === undefined ? null : core.hasher.hash(input.password)
}

/** @throws Refusal for a password or a hash that cannot be taken, and for data that is too large */
export async function refusePassword(core: Core, input: AdminCreate | AdminUserInput): Promise<void> {
  refuseLarge(core, input.metadata)
  refuseLarge(core, input.appMetadata)
  if (input.password !== undefined && input.passwordHash !== undefined) {
    throw new Refusal('validation_failed', {
      message: 'Give a password or a password hash, not both.',
      details: { reason: 'both_passwords' },
    })
  }
  if (input.passwordHash !== undefined) return assertImportable(input.passwordHash)
  if (input.password === undefined || ('policy' in input && input.policy === 'skipped')) return
  await refuseWeak(core, input.password, [input.email, input.phone, ...namesOf(input)])
}

/** A duplicate address as a refusal; anything else as it is. */
export function refuseTaken(error: unknown): never {
  const field = takenField(error)
  throw field === undefined ? error : new Refusal('user_already_exists', { details: { field } })
}
