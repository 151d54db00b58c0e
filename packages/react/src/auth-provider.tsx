import { type ReactElement, type ReactNode, useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { AuthContext, type AuthContextValue, type CurrentUser } from './auth-context.ts'
import type { AuthService } from './service/auth-service.ts'
import { type Shown, type SourceInput, sourceOf } from './source.ts'
import { createStore } from './store.ts'

/**
 * What {@link AuthProvider} takes: `client`, or `supabase`, or `url` with `publishableKey` and whatever else `createClient`
 * takes. Later changes are ignored, but for `onElevationNeeded` and `captcha`: the newest ones are called.
 */
export type AuthProviderProps = SourceInput & { readonly children?: ReactNode }

/**
 * Tells everybody below who is signed in.
 * @throws TypeError where neither `client` nor `url` nor `supabase` is given
 * @example
 * <AuthProvider url="https://auth.example.com">
 *   <App />
 * </AuthProvider>
 */
export function AuthProvider({ children, ...input }: AuthProviderProps): ReactElement {
  const latest = useRef<SourceInput>(input)
  useEffect(() => {
    latest.current = input
  })
  const [{ service, store }] = useState(() => {
    const source = sourceOf(input, () => latest.current)
    return { service: source.service, store: createStore(source) }
  })
  const shown = useSyncExternalStore(store.subscribe, store.now, store.first)
  const value = useMemo(() => toValue(service, shown), [service, shown])
  return <AuthContext.Provider value={value}>{children}</AuthContext.Provider>
}

function toValue(service: AuthService, shown: Shown): AuthContextValue {
  const { session, loading, auth, attempt } = shown
  const status = session === null ? 'signed_out' : 'signed_in'
  return {
    service,
    session,
    loading,
    status: loading ? 'loading' : status,
    user: userOf(shown),
    auth,
    attempt,
    signOut: service.signOut,
  }
}

function userOf({ session, nativeUser }: Shown): CurrentUser | null {
  if (session === null) return null
  return nativeUser?.id === session.user.id ? { ...session.user, ...nativeUser } : session.user
}
