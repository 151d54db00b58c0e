import type { CurrentUser } from './auth-context.ts'
import { useAuth } from './use-auth.ts'

/**
 * Whoever is signed in; null while nobody is, and while that is not known yet.
 * @throws Error outside of an `AuthProvider`
 * @example
 * const user = useUser()
 */
export function useUser(): CurrentUser | null {
  return useAuth().user
}
