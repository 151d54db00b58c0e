import { createClient } from '@supabase/supabase-js'
import { AuthProvider, AuthWrapper, useAuth } from 'altan-auth'
import { createRoot } from 'react-dom/client'

const url = import.meta.env.VITE_WATCHWORD_URL ?? 'http://localhost:8787'
const key = import.meta.env.VITE_WATCHWORD_KEY ?? 'publishable'
const supabase = createClient(url, key)

function App() {
  const { session, loading, service } = useAuth()
  if (loading) return <p>One moment …</p>
  if (session === null) return <AuthWrapper />
  return (
    <main>
      <p>
        Signed in: <output id="who">{session.user.email}</output>
      </p>
      <button type="button" onClick={() => void service.signOut()}>
        Sign out
      </button>
    </main>
  )
}

createRoot(document.getElementById('app')).render(
  <AuthProvider supabase={supabase}>
    <App />
  </AuthProvider>,
)
