import { createServerAuth, expressCookies } from '@watchword/client/server'
import express from 'express'
import { renderToString } from 'react-dom/server'
import { page } from './page.js'

/** An app whose pages work without any script: a form is sent, and the answer is the next page. */
export function createApp(watchword) {
  const server = createServerAuth({ url: watchword })
  const app = express()
  app.use(express.urlencoded({ extended: false }), fromHereAlone)

  const show = async (auth, response, refusal) => {
    const { data: who } = await auth.getUser()
    const html = renderToString(page({ user: who?.user, attempt: auth.attempt, refusal }))
    response.status(refusal ? 400 : 200).send(`<!doctype html>${html}`)
  }
  const deed = (act) => async (request, response) => {
    const auth = server.client(expressCookies(request, response))
    const { error } = await act(auth, request.body ?? {})
    if (error === null) response.redirect(303, '/')
    else await show(auth, response, error.message)
  }

  app.get('/', async (request, response) => show(server.client(expressCookies(request, response)), response))
  app.post(
    '/sign-in',
    deed((auth, { email, password }) => auth.signInWithPassword({ email, password })),
  )
  app.post(
    '/sign-up',
    deed((auth, { email, password }) => auth.signUp({ email, password })),
  )
  app.post(
    '/answer',
    deed(async (auth, { code }) => {
      // Once somebody was asked for, it is known as well what was begun.
      await auth.getUser()
      return auth.attempt?.answer({ code }) ?? { error: null }
    }),
  )
  app.post(
    '/sign-out',
    deed((auth) => auth.signOut()),
  )
  return app
}

/** A form of another site does nothing here. */
function fromHereAlone(request, response, next) {
  const from = request.headers['sec-fetch-site'] ?? 'none'
  if (request.method === 'GET' || from === 'same-origin' || from === 'none') next()
  else response.status(403).send('This form was sent from elsewhere.')
}
