import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'

/** GET and HEAD /healthz. */
export const getHealth = (): Handler => () => json(200, 'OK')

/** GET and HEAD /healthz beside the mount, where whoever runs the server looks. */
export const getProbe = (): Handler => () => json(200, { status: 'ok' })

/** GET /version. */
export function getVersion({ version }: Nhost): Handler {
  return () => json(200, { version })
}

/** GET /.well-known/jwks.json (RFC 7517 §5). */
export function getJwks({ core }: Nhost): Handler {
  return async () => json(200, await core.signingKeys.jwks(), { 'cache-control': 'public, max-age=600' })
}
