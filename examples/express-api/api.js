import { createServerAuth, expressGuard } from '@watchword/client/server'
import express from 'express'

/** An API of which one part is for those who are signed in, and one for those with a second factor. */
export function createApi(watchword) {
  const auth = createServerAuth({ url: watchword })
  const api = express()
  api.get('/', (_, response) => response.json({ hello: 'everybody' }))
  api.get('/me', expressGuard(auth), ({ auth: { user, aal } }, response) =>
    response.json({ hello: user.email, id: user.id, roles: user.roles, aal }),
  )
  api.get('/members', expressGuard(auth, { guests: false }), (_, response) => response.json({ hello: 'member' }))
  api.get('/safe', expressGuard(auth, { aal: 'aal2' }), (_, response) => response.json({ hello: 'safe' }))
  return api
}
