import Link from 'next/link'
import { visitor } from '../lib/visitor.js'
import { signOut } from './actions.js'
import { Door, Step } from './forms.jsx'

/** What is shown, by who is signed in and what was begun. */
export default async function Home({ searchParams }) {
  const auth = await visitor()
  const { data: who } = await auth.getUser()
  const { refused } = await searchParams
  return (
    <main>
      <h1>Watchword with Next.js</h1>
      <p>
        Signed in: <output id="who">{who?.user.email ?? 'nobody'}</output>
      </p>
      {who ? <Inside /> : auth.attempt ? <Step /> : <Door />}
      {refused && <p role="alert">That did not bring you in. Please try again.</p>}
    </main>
  )
}

function Inside() {
  return (
    <form action={signOut}>
      <p>
        <Link href="/account">Your account</Link>
      </p>
      <button type="submit">Sign out</button>
    </form>
  )
}
