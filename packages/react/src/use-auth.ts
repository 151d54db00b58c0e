import { useContext } from 'react'
import { AuthContext, type AuthContextValue } from './auth-context.ts'

/**
 * Who is signed in, and what they may do about it.
 * @throws Error outside of an `AuthProvider`
 * @example
 * const { service, session, loading } = useAuth()
 */
export function useAuth(): AuthContextValue {
  const value = useContext(AuthContext)
  if (value === undefined) throw new Error('useAuth must be used within an AuthProvider')
  return value
}
