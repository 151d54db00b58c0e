import { throughWindow, type WindowTask } from '@watchword/client/popup'
import { nowInSeconds } from '../base/runtime.ts'
import type { Session, SessionUser } from '../session.ts'
import { announced } from './announced.ts'
import type { AuthService } from './auth-service.ts'

/** What these deeds need of a client of supabase-js, or of anything made like one. */
export interface SupabaseLike {
  readonly auth: {
    signUp(input: {
      email: string
      password: string
      options: { data: { name: string; surname: string } }
    }): Promise<Answer<{ user: unknown; session: unknown }>>
    signInWithPassword(input: { email: string; password: string }): Promise<Answer<{ user: unknown; session: unknown }>>
    // Providers are a closed list there; any server knows more.
    signInWithOAuth(input: never): Promise<Answer<{ url: string | null }>>
    signOut(): Promise<{ error: Error | null }>
    getSession(): Promise<Answer<{ session: unknown }>>
    getUser(): Promise<Answer<{ user: unknown }>>
    setSession(tokens: {
      access_token: string
      refresh_token: string
    }): Promise<Answer<{ user: unknown; session: unknown }>>
    onAuthStateChange(callback: (event: string, session: unknown) => void): {
      data: { subscription: { unsubscribe(): void } }
    }
  }
}

interface Answer<T> {
  readonly data: T
  readonly error: Error | null
}

/** The seven deeds on a client of supabase-js. */
export function supabaseService(supabase: SupabaseLike): AuthService {
  const { auth } = supabase
  return {
    signUp: async (email, password, name = '', surname = '') =>
      dataOf(await auth.signUp({ email, password, options: { data: { name, surname } } })),
    signIn: async (email, password) => dataOf(await auth.signInWithPassword({ email, password })),
    async signInWithOAuth(provider) {
      return announced(provider, throughWindow(taskOf(supabase, provider)))
    },
    async signOut() {
      const { error } = await auth.signOut()
      if (error) throw error
    },
    getSession: () => auth.getSession() as ReturnType<AuthService['getSession']>,
    getUser: () => auth.getUser() as ReturnType<AuthService['getUser']>,
    onAuthStateChange: (callback) => auth.onAuthStateChange(callback as (event: string, session: unknown) => void),
  }
}

/** A sign-in in a second window: it tells of a session, or the client has one by itself. */
function taskOf(supabase: SupabaseLike, provider: string): WindowTask<Session> {
  const { auth } = supabase
  return {
    async address() {
      const { url } = dataOf<{ url: string | null }>(await auth.signInWithOAuth(asked(supabase, provider) as never))
      if (!url) throw new Error('There is no address to sign in at.')
      return url
    },
    read: (said) => readMessage(supabase, said),
    otherwise(answer) {
      const { data } = auth.onAuthStateChange((event, session) => {
        if (event === 'SIGNED_IN' && isObject(session)) answer(Promise.resolve(session as unknown as Session))
      })
      return () => data.subscription.unsubscribe()
    },
    async closed() {
      const { data } = await auth.getSession()
      return isObject(data.session) ? (data.session as unknown as Session) : undefined
    },
  }
}

function asked(supabase: SupabaseLike, provider: string) {
  const key = (supabase as { readonly supabaseKey?: unknown }).supabaseKey
  return {
    provider,
    options: {
      redirectTo: `${window.location.origin}/auth/callback`,
      scopes: 'email profile',
      queryParams: { access_type: 'offline', prompt: 'consent', ...(typeof key === 'string' ? { base_id: key } : {}) },
      skipBrowserRedirect: true,
    },
  }
}

function dataOf<T>({ data, error }: Answer<unknown>): T {
  if (error) throw error
  return data as T
}

/** What a server's own page may say to the window that opened it. */
function readMessage(supabase: SupabaseLike, said: Readonly<Record<string, unknown>>): Promise<Session> | undefined {
  const { type, session, error } = said
  if (typeof said['access_token'] === 'string' && isObject(said['user'])) return takeOver(supabase, said)
  if (type === 'oauth_success' && isObject(session)) return Promise.resolve(session as unknown as Session)
  if (type !== 'oauth_error') return undefined
  return Promise.reject(new Error(typeof error === 'string' ? error : 'Authentication failed'))
}

/** The client gets it too, under its own key; where it will not, the page still has what the server gave. */
async function takeOver({ auth }: SupabaseLike, said: Readonly<Record<string, unknown>>): Promise<Session> {
  const text = (name: string, fallback: string) => {
    const value = said[name]
    return typeof value === 'string' ? value : fallback
  }
  const [access_token, refresh_token] = [text('access_token', ''), text('refresh_token', '')]
  const { data } = await auth.setSession({ access_token, refresh_token }).catch(() => ({ data: { session: null } }))
  if (isObject(data?.session)) return data.session as unknown as Session
  const expires_in = typeof said['expires_in'] === 'number' ? said['expires_in'] : 3600
  return {
    access_token,
    refresh_token,
    expires_in,
    expires_at: nowInSeconds() + expires_in,
    token_type: text('token_type', 'bearer'),
    user: said['user'] as SessionUser,
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
