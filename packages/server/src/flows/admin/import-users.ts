import { type ErrorCode, Refusal } from '../../base/errors.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import { assertImportable } from '../../core/passwords/parse-hash.ts'
import type { User } from '../../core/users/user.ts'
import type { Caller } from '../caller.ts'
import { type AdminUserInput, createUser } from './create-user.ts'
import { tryUser } from './try-user.ts'
import { updateUser } from './update-user.ts'

export interface Import {
  readonly users: readonly (AdminUserInput & { readonly id?: string | undefined })[]
  /** What happens to a user whose id or address is there already. */
  readonly onConflict: 'skip' | 'update' | 'refuse'
  /** `check`: nothing is written, and the results say what would be. */
  readonly mode: 'write' | 'check'
}

export interface Imported {
  readonly index: number
  readonly id: string | null
  readonly status: 'created' | 'updated' | 'skipped' | 'refused'
  readonly code: ErrorCode | null
}

/** Takes users over one by one: what is wrong with one of them does not stop the others. */
export async function importUsers(core: Core, caller: Caller, actor: Actor, input: Import): Promise<Imported[]> {
  const results: Imported[] = []
  for (const [index, user] of input.users.entries()) {
    const done = await importOne(core, caller, actor, { ...input, user }).catch(refusedAs)
    results.push({ index, ...done })
  }
  return results
}

type Done = Omit<Imported, 'index'>
type One = Omit<Import, 'users'> & { readonly user: Import['users'][number] }

async function importOne(core: Core, caller: Caller, actor: Actor, { user, onConflict, mode }: One): Promise<Done> {
  const known = await findKnown(core, user)
  if (known !== undefined && onConflict === 'refuse') throw new Refusal('user_already_exists')
  if (known !== undefined && onConflict === 'skip') return { id: known.id, status: 'skipped', code: null }
  if (mode === 'check') {
    if (known === undefined) await tryUser(core, caller, actor, { ...user, way: 'import' })
    else if (user.passwordHash !== undefined) assertImportable(user.passwordHash)
    return { id: known?.id ?? null, status: known === undefined ? 'created' : 'updated', code: null }
  }
  if (known !== undefined) {
    const { id: _, ...change } = user
    await updateUser(core, caller, actor, { id: known.id, change })
    return { id: known.id, status: 'updated', code: null }
  }
  const made = await createUser(core, caller, actor, { ...user, way: 'import' })
  return { id: made.id, status: 'created', code: null }
}

async function findKnown(core: Core, user: One['user']): Promise<User | undefined> {
  const byId = user.id === undefined ? undefined : await core.users.find(user.id)
  const byEmail = byId === undefined && user.email !== undefined ? { email: user.email } : undefined
  const byPhone = byId === undefined && user.phone !== undefined ? { phone: user.phone } : undefined
  return (
    byId ??
    (byEmail && (await core.users.findByAddress(byEmail))) ??
    (byPhone && (await core.users.findByAddress(byPhone)))
  )
}

function refusedAs(error: unknown): Done {
  if (error instanceof Refusal && error.code !== 'unavailable') return { id: null, status: 'refused', code: error.code }
  throw error
}
