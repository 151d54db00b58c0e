import type { Attempt, Client, User } from '@watchword/client'
import { createContext } from 'react'
import type { AuthService } from './service/auth-service.ts'
import type { Session, SessionUser } from './session.ts'

/** What {@link useAuth} answers. The first three are Altan's; the others are ours. */
export interface AuthContextValue {
  /** The seven deeds; the same object on every render. */
  readonly service: AuthService
  /** Null when nobody is signed in. */
  readonly session: Session | null
  /** The first look is still going on. It is not true again while somebody signs in. */
  readonly loading: boolean
  readonly status: 'loading' | 'signed_out' | 'signed_in'
  /** The session's user; with our own client also everything it knows. */
  readonly user: CurrentUser | null
  /** Our own client; null on a client of supabase-js, and with `url` on the first render. */
  readonly auth: Client | null
  /** Something begun and not finished: a code to type, a second factor. */
  readonly attempt: Attempt | null
  /**
   * Signs out on all devices.
   * @throws Error when the server could not be told
   * @example
   * const { signOut } = useAuth()
   * await signOut()
   */
  signOut(): Promise<void>
}

/** A session's user, and what our own client knows of them beside that. */
export type CurrentUser = Omit<SessionUser, 'email'> & { readonly email: string | null } & Partial<Omit<User, 'email'>>

/** Holds what a provider gives; nothing outside of one. */
export const AuthContext = createContext<AuthContextValue | undefined>(undefined)
