/** What a personal access token may be good for on this server. */
export const accessScopes = ['me:read', 'me:write', 'sessions:read'] as const
export type AccessScope = (typeof accessScopes)[number]

/** Scopes of the application's own: copied into access tokens, and nothing to this server. */
const own = /^app:[A-Za-z0-9](?:[A-Za-z0-9:._/-]{0,58}[A-Za-z0-9])?$/

/** Whether a token may have this scope: one of this server's, or a word of the application. */
export function isAccessScope(text: string): boolean {
  return accessScopes.some((one) => one === text) || own.test(text)
}

/** What a session, or a token that is shown as it is, was opened with. */
export interface Reach {
  /** The token behind it; absent for a person's own session. */
  readonly accessKeyId: string | null
  /** The administrator who acts for the user in it; absent for a person's own session. */
  readonly actorId: string | null
  /** `null`: as far as a session does, save for the account's credentials. */
  readonly scopes: readonly string[] | null
}

/** Whether somebody may do what stands behind a scope. Without one there is nothing that a token, or somebody else, opens. */
export function reaches({ accessKeyId, actorId, scopes }: Reach, scope: AccessScope | 'any' | undefined): boolean {
  if ((accessKeyId === null && actorId === null) || scope === 'any') return true
  return scope !== undefined && (scopes === null || scopes.includes(scope))
}
