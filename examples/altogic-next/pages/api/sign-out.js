import { authOfRequest } from '../../lib/altogic.js'
import { fromHere } from '../../lib/from-here.js'

export default fromHere(async (request, response) => {
  const auth = authOfRequest()
  await auth.getUserFromDBbyCookie(request, response)
  await auth.signOut()
  auth.removeSessionCookie(request, response)
  response.redirect(303, '/')
})
