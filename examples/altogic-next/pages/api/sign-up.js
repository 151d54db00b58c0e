import { authOfRequest } from '../../lib/altogic.js'
import { fromHere } from '../../lib/from-here.js'

export default fromHere(async (request, response) => {
  const { errors } = await authOfRequest().signUpWithEmail(request.body.email, request.body.password)
  response.redirect(303, errors ? '/?then=refused' : '/?then=mail')
})
