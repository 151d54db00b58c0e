import { createClient as createSupabase } from '@supabase/supabase-js'
import { createClient } from '@watchword/client'
import { AuthProvider, AuthWrapper, useAuth } from '@watchword/react'
import { StrictMode } from 'react'
import { renderToString } from 'react-dom/server'

/** Node 20 has no sockets of its own, and none is opened here. */
class WithoutSockets extends EventTarget {}

const url = 'http://localhost:1'
const sources = {
  client: () => ({ client: createClient(url) }),
  url: () => ({ url }),
  supabase: () => ({ supabase: createSupabase(url, 'a-key', { realtime: { transport: WithoutSockets as never } }) }),
}

function Look() {
  const { session, loading, status } = useAuth()
  return <p>{JSON.stringify({ session, loading, status })}</p>
}

/** What a server sends. */
export function render(kind: keyof typeof sources, defaultTab?: string): string {
  return renderToString(
    <StrictMode>
      <AuthProvider {...sources[kind]()}>
        <Look />
        <AuthWrapper {...(defaultTab === undefined ? {} : { defaultTab })} />
      </AuthProvider>
    </StrictMode>,
  )
}

/** What happens to whoever forgets the provider. */
export function renderOutside(): string {
  return renderToString(<Look />)
}
