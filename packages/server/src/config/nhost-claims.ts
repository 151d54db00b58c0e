import type { ClaimSource } from '../core/settings/settings.ts'
import { readRecord } from './kinds.ts'
import type { Given } from './layer.ts'

const variable = 'AUTH_JWT_CUSTOM_CLAIMS'

/** What Nhost's GraphQL calls otherwise. */
const renamed: readonly (readonly [theirs: RegExp, ours: string])[] = [
  [/^roles(\[\*?\])?\.role(\[\])?$/, 'roles[*]'],
  [/^phoneNumberVerified$/, 'phoneVerified'],
  [/^phoneNumber$/, 'phone'],
  [/^newEmail$/, 'pendingEmail'],
  [/^newPhoneNumber$/, 'pendingPhone'],
  [/^lastSeen$/, 'lastSignInAt'],
]

/**
 * The custom claims that a deployment of Nhost has declared, with their defaults. What leads to nothing there is the text
 * `null`. Text that is no such declaration is handed on as it is, and refused like other mistakes.
 */
export function nhostClaims(env: Readonly<Record<string, string | undefined>>): [string, Given][] {
  const text = env[variable]?.trim() ?? ''
  if (text === '') return []
  const given = (value: unknown): [string, Given][] => [['tokens.hasura.claims', { value, name: variable }]]
  const paths = readRecord(text)
  const defaults = readRecord(env[`${variable}_DEFAULTS`]?.trim() || '{}')
  if (paths === undefined) return given(text)
  if (defaults === undefined)
    return [['tokens.hasura.claims', { value: env[`${variable}_DEFAULTS`], name: `${variable}_DEFAULTS` }]]
  const claims = Object.entries(paths).map(([name, path]) => [name, claimOf(path, defaults[name])])
  return given(Object.fromEntries(claims))
}

function claimOf(path: unknown, otherwise: unknown): unknown {
  if (typeof path !== 'string') return path
  const found = renamed.find(([theirs]) => theirs.test(path))
  return { path: found?.[1] ?? path, default: (otherwise ?? 'null') as string } satisfies ClaimSource
}
