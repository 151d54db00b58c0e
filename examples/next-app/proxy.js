import { requestCookies } from '@watchword/client/server'
import { NextResponse } from 'next/server'
import { watchword } from './lib/watchword.js'

/** Renews the session where that is due, for the browser and for the page. It guards nothing: each page asks for itself. */
export async function proxy(request) {
  const cookies = requestCookies(request)
  await watchword.client(cookies).getAccessToken()
  return cookies.respond(NextResponse.next({ request: { headers: cookies.forward() } }))
}

export const config = { matcher: '/((?!_next/static|_next/image).*)' }
