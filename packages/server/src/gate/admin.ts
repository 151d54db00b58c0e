import { Refusal } from '../base/errors.ts'
import type { Actor } from '../core/audit/audit.ts'
import type { Core } from '../core/core.ts'
import { type AdminScope, adminScopes } from '../core/keys/api-keys.ts'
import type { Exchange } from '../http/exchange.ts'
import { newKey } from '../http/key.ts'
import type { Gate } from '../http/route.ts'

/** Somebody who may administer: which key, and how far it reaches. */
export interface Admin {
  readonly actor: Actor
  readonly scopes: readonly AdminScope[]
}

/** Where {@link admin} leaves what it found. */
export const adminKey = newKey<Admin>('admin')

/** Roles of a signed key that administer, as platforms that hand out such keys name them. */
const adminRoles = new Set(['service_role', 'supabase_admin'])

/** The administrator a secret stands for: a secret key of ours, or a token signed with the shared secret. */
export async function adminOf(core: Core, secret: string): Promise<Admin | undefined> {
  const key = await core.apiKeys.find(secret)
  if (key !== undefined)
    return key.kind === 'secret' ? { actor: { type: 'key', id: key.id }, scopes: key.scopes } : undefined
  if (!secret.includes('.')) return undefined
  const role = await core.accessTokens.verifyRoleKey(secret)
  return role !== undefined && adminRoles.has(role)
    ? { actor: { type: 'key', id: role }, scopes: adminScopes }
    : undefined
}

/** Whether a request comes from a page: a browser has no business with a secret key. `Sec-Fetch-Mode` is no sign of one. */
export function isFromBrowser(exchange: Exchange): boolean {
  return exchange.header('origin') !== undefined || exchange.header('sec-fetch-site') !== undefined
}

/** @throws Refusal `insufficient_scope` when the key does not reach that far */
export function requireScope(admin: Admin, scope: AdminScope): void {
  if (!admin.scopes.includes('admin') && !admin.scopes.includes(scope)) {
    throw new Refusal('insufficient_scope', { details: { scope } })
  }
}

/** Lets through whoever carries a secret that {@link adminOf} knows. @param secretOf where this dialect's clients put it */
export function admin(core: Core, secretOf: (exchange: Exchange) => string | undefined, scope: AdminScope): Gate {
  return async (exchange) => {
    const secret = secretOf(exchange)
    if (secret === undefined) throw new Refusal('no_authorization')
    const found = await adminOf(core, secret)
    if (found === undefined) throw new Refusal('not_admin')
    requireScope(found, scope)
    exchange.set(adminKey, found)
  }
}
