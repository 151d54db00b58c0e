import { nextCookies } from '@watchword/client/server'
import { cookies } from 'next/headers'
import { watchword } from './watchword.js'

/** Acts as whoever sent the request: in pages, which can only read, and in server actions. */
export async function visitor() {
  return watchword.client(nextCookies(await cookies()))
}
