import { authOfRequest } from '../lib/altogic.js'

/** Who asks is known before the page renders; the cookie of a session that has ended goes away. */
export async function getServerSideProps({ req, res, query }) {
  const { user } = await authOfRequest().getUserFromDBbyCookie(req, res)
  return { props: { email: user?.email ?? null, sentence: sentences[query.then] ?? null } }
}

const sentences = { refused: 'That was refused.', mail: 'Please open your inbox.' }

export default function Home({ email, sentence }) {
  return (
    <main>
      <h1>Watchword on Altogic's client, with Next.js</h1>
      <p>
        Signed in: <output id="who">{email ?? 'nobody'}</output>
      </p>
      {email === null ? <Door /> : <Leave />}
      <p id="said" role="status">
        {sentence}
      </p>
    </main>
  )
}

function Door() {
  return (
    <form method="post" action="/api/sign-in">
      <p>
        <label>
          E-mail <input name="email" type="email" autoComplete="email" required />
        </label>
      </p>
      <p>
        <label>
          Password <input name="password" type="password" autoComplete="current-password" required />
        </label>
      </p>
      <button type="submit">Sign in</button>
      <button type="submit" formAction="/api/sign-up">
        Sign up
      </button>
    </form>
  )
}

function Leave() {
  return (
    <form method="post" action="/api/sign-out">
      <button type="submit">Sign out</button>
    </form>
  )
}
