import { requestCookies } from '@watchword/client/server'
import { watchword } from '../../lib/watchword.js'

/** Where mailed links and providers lead back to: what they brought becomes cookies, and is gone from the address. */
export async function GET(request) {
  const cookies = requestCookies(request)
  const { error } = await watchword.client(cookies).handleRedirect(request.url)
  const location = error === null ? '/' : '/?refused=1'
  return cookies.respond(new Response(null, { status: 303, headers: { location } }))
}
