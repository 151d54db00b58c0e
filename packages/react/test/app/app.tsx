import { createClient as createSupabase } from '@supabase/supabase-js'
import { type Client, createClient, unwrap } from '@watchword/client'
import { createPasskeys } from '@watchword/client/passkeys'
import { AuthProvider, type AuthProviderProps, AuthWrapper, type Session, useAuth } from '@watchword/react'
import { type ReactElement, StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'

/** What the page says about itself. */
interface SetUp {
  readonly kind: 'client' | 'url' | 'supabase' | 'cookie'
  readonly url: string
  readonly key: string
}

/** What the tests look at. */
interface Seen {
  /** Every state that was rendered, in order. */
  renders: { loading: boolean; token: string | null }[]
  services: Set<unknown>
  auth: ReturnType<typeof useAuth>
  client: Client | null
  said: string[]
  addPasskey(): Promise<unknown>
  /** What is answered where a proof is needed once more. */
  setSecret(secret: string): void
  fetched: number
}

const setUp = JSON.parse(document.querySelector('#set-up')?.textContent ?? '{}') as SetUp
const page = window as unknown as { seen: Partial<Seen> }
const { kind, url, key } = setUp
const ours = kind === 'client' || kind === 'cookie'
const client = ours ? createClient({ url, key, mode: kind === 'cookie' ? 'cookie' : 'token' }) : null
page.seen = {
  renders: [],
  services: new Set(),
  client,
  said: [],
  addPasskey: async () => (client === null ? undefined : createPasskeys(client).add()),
}

const supabase = kind === 'supabase' ? createSupabase(url, key) : null
const counting: typeof fetch = (...asked) => {
  page.seen.fetched = (page.seen.fetched ?? 0) + 1
  return fetch(...asked)
}

function sourceOf(secret: string): AuthProviderProps {
  if (client !== null) return { client }
  if (supabase !== null) return { supabase }
  return {
    url,
    publishableKey: key,
    fetch: counting,
    async onElevationNeeded(attempt) {
      await unwrap(attempt.answer({ option: 'password', password: secret }))
    },
  }
}

function Root(): ReactElement {
  const [secret, setSecret] = useState('')
  page.seen.setSecret = setSecret
  return (
    <AuthProvider {...sourceOf(secret)}>
      <Shell />
    </AuthProvider>
  )
}

function Shell(): ReactElement {
  const auth = useAuth()
  const { session, loading, service } = auth
  page.seen.renders?.push({ loading, token: session?.access_token ?? null })
  page.seen.services?.add(service)
  page.seen.auth = auth
  if (loading) return <p id="state">loading</p>
  return session === null ? <Door /> : <Inside session={session} />
}

function Door(): ReactElement {
  const say = (word: string) => page.seen.said?.push(word)
  return (
    <>
      <p id="state">nobody</p>
      <AuthWrapper
        onSignInSuccess={() => say('signed in')}
        onSignUpSuccess={() => say('signed up')}
        onError={(error) => say(`${error.name}: ${error.message}`)}
      />
    </>
  )
}

function Inside({ session }: { readonly session: Session }): ReactElement {
  const { service } = useAuth()
  const { email, user_metadata: metadata } = session.user
  return (
    <>
      <p id="state">{email}</p>
      <p id="names">{`${metadata.name}|${metadata.surname}`}</p>
      <button type="button" onClick={() => void service.signOut()}>
        Sign out
      </button>
    </>
  )
}

const place = document.querySelector('#app')
if (place !== null)
  createRoot(place).render(
    <StrictMode>
      <Root />
    </StrictMode>,
  )
