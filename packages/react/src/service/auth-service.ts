import type { Session, SessionUser } from '../session.ts'

/** What signing up or in yields. */
export interface SignedUp {
  /** Null on our own client while the address waits to be confirmed: there is nobody yet. */
  user: SessionUser | null
  /** Null while the address waits to be confirmed. */
  session: Session | null
}

/** What signing in at a provider yields. */
export interface SignedInThere {
  session: Session
  provider: string
}

/** `SIGNED_IN`, `SIGNED_OUT`, `TOKEN_REFRESHED` … as Supabase's clients call them. */
export type AuthEventName = string

/** The seven deeds of `altan-auth`. */
export interface AuthService {
  /**
   * Signs up. While addresses are confirmed there is no session, and a mail is on its way.
   * @param name kept in `user_metadata.name`
   * @param surname kept in `user_metadata.surname`
   * @throws Error with `message`, `status` and `code`
   * @example
   * const { session } = await service.signUp(email, password, 'Ada', 'Lovelace')
   * if (session === null) show('A mail is on its way.')
   */
  signUp(email: string, password: string, name?: string, surname?: string): Promise<SignedUp>
  /**
   * Signs in.
   * @throws Error with `message`, `status` and `code`; `attempt_pending` where a further step is owed
   * @example
   * const { user } = await service.signIn(email, password)
   * show(user.user_metadata.name)
   */
  signIn(email: string, password: string): Promise<{ user: SessionUser; session: Session }>
  /**
   * Signs in at a provider, in a second window.
   * @throws Error when that window is blocked, closed, or open for longer than five minutes
   * @example
   * const { session } = await service.signInWithOAuth('google')
   * show(session.user.email)
   */
  signInWithOAuth(provider: string): Promise<SignedInThere>
  /**
   * Signs out, on all devices.
   * @throws Error when the server could not be told
   * @example
   * await service.signOut()
   */
  signOut(): Promise<void>
  /**
   * What is stored, renewed if that is due. Does not throw.
   * @example
   * const { data } = await service.getSession()
   * show(data.session?.access_token)
   */
  getSession(): Promise<{ data: { session: Session | null }; error: Error | null }>
  /**
   * The user, asked of the server. Does not throw.
   * @example
   * const { data } = await service.getUser()
   * show(data.user?.email)
   */
  getUser(): Promise<{ data: { user: SessionUser | null }; error: Error | null }>
  /**
   * Calls back with `INITIAL_SESSION`, then with whatever happens, in all tabs.
   * @example
   * const { data } = service.onAuthStateChange((event, session) => show(event, session?.user.id))
   * // later: data.subscription.unsubscribe()
   */
  onAuthStateChange(callback: (event: AuthEventName, session: Session | null) => void): {
    data: { subscription: { unsubscribe(): void } }
  }
}
