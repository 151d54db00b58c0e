import { AuthWrapper, useAuth } from '@watchword/react'

export function App() {
  const { session, loading } = useAuth()
  if (loading) return <p>One moment …</p>
  return session === null ? <AuthWrapper /> : <Home />
}

function Home() {
  const { user, service, auth } = useAuth()
  const rename = async () => {
    await auth?.me.update({ displayName: 'Grace Hopper', metadata: { name: 'Grace', surname: 'Hopper' } })
  }
  return (
    <main>
      <h1>Welcome, {user.user_metadata.name || user.email}</h1>
      <p>
        Signed in: <output id="who">{user.email}</output>
      </p>
      <button type="button" onClick={() => void rename()}>
        Call me Grace
      </button>
      <button type="button" onClick={() => void service.signOut()}>
        Sign out
      </button>
    </main>
  )
}
