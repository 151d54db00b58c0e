import {
  type Attempt,
  type AuthState,
  type Client,
  type ClientOptions,
  createClient,
  type User,
} from '@watchword/client'
import type { AuthService } from './service/auth-service.ts'
import { clientService } from './service/client-service.ts'
import { type SupabaseLike, supabaseService } from './service/supabase-service.ts'
import { complete, type Session, toSession } from './session.ts'

/** What a provider shows to those below it. */
export interface Shown {
  readonly session: Session | null
  /** Whether it is not known yet if somebody is signed in. */
  readonly loading: boolean
  /** Our own client, where there is one. */
  readonly auth: Client | null
  /** The user as our own client knows them. */
  readonly nativeUser: User | null
  /** Something begun and not finished: a code to type, a second factor. */
  readonly attempt: Attempt | null
}

/** Where a provider gets what it shows. */
export interface Source {
  readonly service: AuthService
  readonly first: Shown
  /** Begins to show, and goes on until it is told to stop. */
  watch(show: (news: Partial<Shown>) => void): () => void
}

/** What a client is made with beside its address. `publishableKey` is `wwp_…`, where the server asks for one. */
type Options = Omit<ClientOptions, 'url' | 'key' | 'throwOnError'> & { readonly publishableKey?: string }
/** A client that is there already was made with options of its own. */
type NoOptions = { readonly [Name in keyof Options]?: never }

/** One of: our client, an address to make one for (with any of its options), a client of supabase-js. */
export type SourceInput =
  | (NoOptions & { readonly client: Client; readonly url?: never; readonly supabase?: never })
  | (Options & { readonly url: string; readonly client?: never; readonly supabase?: never })
  | (NoOptions & { readonly supabase: SupabaseLike; readonly client?: never; readonly url?: never })

const nobody: Shown = { session: null, loading: true, auth: null, nativeUser: null, attempt: null }

/**
 * @param latest what is given by now: its functions are called then, and nothing else of it counts
 * @throws TypeError where none of the three is given
 */
export function sourceOf(input: SourceInput, latest: () => SourceInput): Source {
  if (input.supabase !== undefined) return supabaseSource(input.supabase)
  if (input.client !== undefined) return clientSource(input.client)
  if (input.url === undefined) throw new TypeError('AuthProvider needs one of `client`, `url` and `supabase`.')
  return addressSource(input, latest)
}

function clientSource(client: Client): Source {
  return {
    service: clientService(() => client),
    first: { ...nobody, auth: client },
    watch: (show) => watchClient(client, show),
  }
}

/** The client is made when a page needs it: not while rendering on a server, and once however often effects run. */
function addressSource(input: Options & { readonly url: string }, latest: () => SourceInput): Source {
  const held: { client?: Client | undefined; watchers: number } = { watchers: 0 }
  const auth = () => {
    held.client ??= createClient(optionsOf(input, latest))
    return held.client
  }
  return {
    service: clientService(auth),
    first: nobody,
    watch(show) {
      const client = auth()
      held.watchers += 1
      show({ auth: client })
      const stop = watchClient(client, show)
      return () => {
        stop()
        held.watchers -= 1
        // Effects that are run again at once keep their client.
        queueMicrotask(() => {
          if (held.watchers > 0 || held.client !== client) return
          client.dispose()
          held.client = undefined
        })
      }
    },
  }
}

function optionsOf(input: Options & { readonly url: string }, latest: () => SourceInput): ClientOptions {
  const { url, publishableKey: key, onElevationNeeded, captcha, ...others } = input
  return {
    ...others,
    url,
    ...(key === undefined ? {} : { key }),
    ...(onElevationNeeded && { onElevationNeeded: async (attempt) => latest().onElevationNeeded?.(attempt) }),
    ...(captcha && { captcha: async () => (latest().captcha ?? captcha)() }),
  }
}

function watchClient(client: Client, show: (news: Partial<Shown>) => void): () => void {
  const shown: { from?: AuthState; session: Session | null } = { session: null }
  const sessionOf = (from: AuthState & { status: 'signed_in' }) => {
    // The same object for as long as it is the same session.
    if (shown.from !== from) shown.session = toSession(from)
    shown.from = from
    return shown.session
  }
  const look = () => {
    const { state, attempt } = client
    if (state.status === 'loading') return
    if (state.status === 'signed_out') return show({ session: null, nativeUser: null, attempt, loading: false })
    const session = sessionOf(state)
    if (session !== null) return show({ session, nativeUser: state.user, attempt, loading: false })
    // In cookie mode a page has no token before it asks for one.
    show({ nativeUser: state.user, attempt })
    void client.getAccessToken().then(({ error }) => {
      if (error !== null) show({ loading: false })
    })
  }
  return client.onChange(look)
}

const taken = new Set(['SIGNED_IN', 'TOKEN_REFRESHED', 'USER_UPDATED'])

function supabaseSource(supabase: SupabaseLike): Source {
  const service = supabaseService(supabase)
  return {
    service,
    first: nobody,
    watch(show) {
      const held = { isWatched: true }
      const put = (session: Session | null) => show({ session: session && complete(session), loading: false })
      const { data } = service.onAuthStateChange((event, session) => {
        if (taken.has(event)) put(session)
        else if (event === 'SIGNED_OUT') put(null)
        else show({ loading: false })
      })
      service.getSession().then(
        ({ data: found, error }) => (held.isWatched ? put(error ? null : found.session) : undefined),
        () => (held.isWatched ? put(null) : undefined),
      )
      return () => {
        held.isWatched = false
        data.subscription.unsubscribe()
      }
    },
  }
}
