import { createClient } from '@supabase/supabase-js'
import { AuthProvider, AuthWrapper, useAuth } from 'altan-auth'
import { type ReactElement, StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

const setUp = JSON.parse(document.querySelector('#set-up')?.textContent ?? '{}') as { url: string; key: string }
const page = window as unknown as { seen: { renders: object[]; services: Set<unknown>; auth?: unknown } }
page.seen = { renders: [], services: new Set() }

function Shell(): ReactElement {
  const auth = useAuth()
  const { session, loading, service } = auth
  page.seen.renders.push({ loading, token: session?.access_token ?? null })
  page.seen.services.add(service)
  page.seen.auth = auth
  if (loading) return <p id="state">loading</p>
  if (session === null)
    return (
      <>
        <p id="state">nobody</p>
        <AuthWrapper />
      </>
    )
  return (
    <>
      <p id="state">{session.user.email}</p>
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
      <AuthProvider supabase={createClient(setUp.url, setUp.key)}>
        <Shell />
      </AuthProvider>
    </StrictMode>,
  )
