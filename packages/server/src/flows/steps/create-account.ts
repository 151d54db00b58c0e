import type { Core } from '../../core/core.ts'
import type { NewIdentity } from '../../core/identities/identities.ts'
import { awaitsApproval } from '../../core/users/approval.ts'
import type { JsonObject, User } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import type { Caller } from '../caller.ts'
import { chosenDefault, chosenLocale, chosenRoles } from './account-policy.ts'
import { askBeforeUser } from './ask-before-user.ts'
import { auditOf } from './audit-of.ts'
import { closedUntil } from './hold-newcomer.ts'
import { addressFields } from './hook-user.ts'
import { tellUserCreated } from './tell-user-created.ts'

/** What people may say about themselves when an account is made; nothing else about it can be said by its user. */
export interface NewAccount {
  readonly displayName?: string | undefined
  readonly avatarUrl?: string | undefined
  readonly locale?: string | undefined
  readonly metadata?: JsonObject | undefined
  readonly roles?: readonly string[] | undefined
  /** One of the roles; default the deployment's. */
  readonly defaultRole?: string | undefined
}

export interface AccountSeed {
  /** Given where it was announced before the account exists. */
  readonly id?: string
  readonly address: Address | undefined
  readonly confirmed: boolean
  readonly passwordHash: string | null
  readonly way: string
  readonly about: NewAccount
  readonly sentAt?: Date
  /** Whether somebody without an address and without an account elsewhere is a guest. Default true. */
  readonly isGuest?: boolean
  /** Whether an organisation manages it. Default false. */
  readonly isSso?: boolean
  /** An account elsewhere that it is made with; then its address is no identity of its own. */
  readonly identity?: Omit<NewIdentity, 'userId'>
}

/** Another request connected the same account elsewhere in this very moment: what was begun is taken back and done again. */
export class Overtaken extends Error {
  override readonly name = 'Overtaken'
}

/**
 * Makes an account with the identity of its address, and writes it down. Does as much when the address is taken. Where new
 * accounts wait for an administrator it is closed: the door says so after the commit (`held`).
 * @returns undefined when the address is taken
 * @throws {Overtaken} when its identity belongs to somebody else since
 * @throws Refusal `hook_rejected`, `hook_unavailable`
 */
export async function createAccount(tx: Core, caller: Caller, seed: AccountSeed): Promise<User | undefined> {
  const now = tx.runtime.now()
  const { address, about } = seed
  const { email, phone } = addressFields(address)
  const isAnonymous = address === undefined && seed.identity === undefined && seed.isGuest !== false
  const who = {
    email,
    phone,
    isAnonymous,
    metadata: about.metadata ?? {},
    appMetadata: {},
    role: tx.settings.roles.database,
  }
  const id = await askBeforeUser(tx, caller, { ...who, provider: seed.identity?.provider }, seed.id)
  const user = await tx.users.create({
    ...who,
    id,
    emailConfirmedAt: email !== null && seed.confirmed ? now : null,
    phoneConfirmedAt: phone !== null && seed.confirmed ? now : null,
    passwordHash: seed.passwordHash,
    roles: chosenRoles(tx, about.roles),
    defaultRole: chosenDefault(tx, about),
    displayName: about.displayName ?? '',
    avatarUrl: about.avatarUrl ?? null,
    locale: chosenLocale(tx, about.locale ?? caller.locale),
    isSso: seed.isSso ?? false,
    bannedUntil: closedUntil(tx, { isAnonymous }),
    confirmationSentAt: seed.sentAt ?? null,
    createdBy: { dialect: caller.manners.name, way: seed.way },
  })
  const subject = user?.id ?? '00000000-0000-7000-8000-000000000000'
  if (address !== undefined && seed.identity === undefined)
    await putAddressIdentity(tx, { userId: subject, address, verified: seed.confirmed, metadata: about.metadata ?? {} })
  if (user === undefined) return undefined
  if (seed.identity !== undefined && (await tx.identities.put({ ...seed.identity, userId: user.id })) === undefined)
    throw new Overtaken()
  await tx.audit.record({
    ...auditOf(caller, user.id),
    action: 'user.created',
    result: 'ok',
    details: { way: seed.way, ...(awaitsApproval(user) ? { waits: 'approval' } : {}) },
  })
  const made = isAnonymous ? user : ((await tx.users.find(user.id)) ?? user)
  await tellUserCreated(tx, caller, made)
  return made
}

/** The identity that an own address is: (`email` or `phone`, the user's id). Does nothing for a user who is not there. */
export async function putAddressIdentity(
  tx: Core,
  input: {
    readonly userId: string
    readonly address: Address
    readonly verified: boolean
    /** What the person says about themselves; absent where it is another address of theirs, and what they said stays. */
    readonly metadata?: JsonObject | undefined
  },
): Promise<void> {
  const { userId, address, verified, metadata } = input
  const isEmail = 'email' in address
  await tx.identities.put({
    userId,
    provider: isEmail ? 'email' : 'phone',
    subject: userId,
    email: isEmail ? address.email : null,
    keeps: metadata === undefined,
    data: {
      ...metadata,
      sub: userId,
      ...(isEmail ? { email: address.email } : metadata === undefined ? { phone: address.phone } : {}),
      email_verified: isEmail && verified,
      phone_verified: !isEmail && verified,
    },
  })
}
