/** A form of another site does nothing here: the cookie of these helpers comes along with it. */
export const fromHere = (handle) => async (request, response) => {
  const from = request.headers['sec-fetch-site'] ?? 'same-origin'
  if (request.method === 'POST' && from === 'same-origin') await handle(request, response)
  else response.status(403).send('This was sent from elsewhere.')
}
