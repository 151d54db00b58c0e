import { later, minute } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { AccessKey } from '../../core/keys/access-keys.ts'
import { refuseOver } from '../../core/limits/limits.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { type Grant, grant, type Opened, openSession, refuseUnwelcome } from '../session/open.ts'
import { noteRefusal } from '../steps/note-refusal.ts'

const longest = 128

/** Whose key it is. */
export interface KeyHolder {
  readonly user: User
  readonly key: AccessKey
}

/**
 * Opens a session for whoever holds a personal access token. It is `aal1` whatever the account could reach, reaches as far as
 * the token and ends with it: a program has no second factor (S104).
 * @param input.renews whether its refresh token is handed out; without one the session lives as long as one access token
 * @throws Refusal `access_key_invalid`, `user_banned`, `over_request_rate_limit`
 */
export async function signInWithAccessKey(
  core: Core,
  caller: Caller,
  input: { readonly text: string; readonly renews: boolean },
): Promise<Grant> {
  const { text, renews } = input
  await countTry(core, caller)
  const seen = await find(core, text)
  const opened = seen === undefined ? undefined : await core.transaction((tx) => open(tx, caller, seen, renews))
  return opened === undefined ? refuse(core, caller) : grant(core, opened)
}

/** The account is locked before its key, as by everything that ends one. */
async function open(tx: Core, caller: Caller, seen: AccessKey, renews: boolean): Promise<Opened | undefined> {
  const now = tx.runtime.now()
  const user = await tx.users.update(seen.userId, {})
  const key = await tx.accessKeys.use(seen.id)
  if (user === undefined || user.deletedAt !== null || key === undefined) return undefined
  const soon = later(now, tx.settings.tokens.accessSeconds)
  const endsAt = renews || key.expiresAt < soon ? key.expiresAt : soon
  const amr = [{ method: 'access_key', provider: null }]
  return openSession(tx, caller, { user, amr, key: { id: key.id, scopes: key.scopes, endsAt } })
}

/**
 * Whose personal access token it is, for one that is shown with the request itself. Its use is noted once a minute.
 * @throws Refusal `access_key_invalid`, `user_banned`, `over_request_rate_limit` after too many wrong ones
 */
export async function identifyAccessKey(core: Core, caller: Caller, text: string): Promise<KeyHolder> {
  const key = await find(core, text)
  const user = key === undefined ? undefined : await core.users.find(key.userId)
  if (key === undefined || user === undefined || user.deletedAt !== null) {
    await countTry(core, caller)
    return refuse(core, caller)
  }
  const now = core.runtime.now()
  refuseUnwelcome(user, now)
  if (key.lastUsedAt === null || key.lastUsedAt < later(now, -minute)) await core.accessKeys.use(key.id)
  return { user, key }
}

async function find(core: Core, text: string): Promise<AccessKey | undefined> {
  return text.length > longest ? undefined : core.accessKeys.find(text)
}

async function countTry(core: Core, { network }: Caller): Promise<void> {
  const rate = core.settings.limits.answerNetwork
  refuseOver(await core.limits.take([{ key: `access-key:${network}`, rate }]), 'over_request_rate_limit')
}

async function refuse(core: Core, caller: Caller): Promise<never> {
  await noteRefusal(core, caller, { userId: null, code: 'access_key_invalid' })
  throw new Refusal('access_key_invalid')
}
