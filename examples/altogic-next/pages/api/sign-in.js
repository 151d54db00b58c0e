import { authOfRequest } from '../../lib/altogic.js'
import { fromHere } from '../../lib/from-here.js'

export default fromHere(async (request, response) => {
  const auth = authOfRequest()
  const { session } = await auth.signInWithEmail(request.body.email, request.body.password)
  if (session) auth.setSessionCookie(session.token, request, response)
  response.redirect(303, session ? '/' : '/?then=refused')
})
