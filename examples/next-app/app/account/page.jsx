import { redirect } from 'next/navigation'
import { visitor } from '../../lib/visitor.js'

/** Asks the server, which knows of every sign-out: a copied cookie opens nothing here once its session has ended. */
export default async function Account() {
  const auth = await visitor()
  const { data: who } = await auth.getUser({ fresh: true })
  if (who === null) redirect('/')
  return (
    <main>
      <h1>Your account</h1>
      <p>
        Signed in: <output id="who">{who.user.email}</output>, since {new Date(who.user.createdAt).toUTCString()}
      </p>
    </main>
  )
}
