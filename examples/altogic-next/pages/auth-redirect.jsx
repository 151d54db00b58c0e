import { authOfRequest } from '../lib/altogic.js'

/** Where mailed links lead back to, with a token that is worth a session, once. */
export async function getServerSideProps({ req, res, query }) {
  const auth = authOfRequest()
  const { session } = await auth.getAuthGrant(String(query.access_token))
  if (session) auth.setSessionCookie(session.token, req, res)
  return { redirect: { destination: session ? '/' : '/?then=refused', permanent: false } }
}

export default function AuthRedirect() {
  return null
}
