import type { z } from 'zod'
import { invalid } from '../../../base/errors.ts'
import type { OAuthClient } from '../../../core/clients/client.ts'
import { decideAuthorization, readAuthorization } from '../../../flows/oauth/consent.ts'
import { signedInKey } from '../../../gate/bearer.ts'
import { requireOAuthServer } from '../oauth-on.ts'
import type { Call } from '../operation.ts'
import { timeOf } from '../present.ts'
import type { asker, oauthDecision, oauthRequest } from '../schemas/oauth-client.ts'

/** GET /oauth/requests/:id */
export async function readRequest({ core, caller, exchange }: Call): Promise<z.input<typeof oauthRequest>> {
  requireOAuthServer(core)
  const by = exchange.need(signedInKey)
  const id = exchange.param('id')
  const asked = await readAuthorization(core, caller, { handle: id, by })
  if ('redirectTo' in asked) return asked
  const { client, authorization } = asked
  return {
    id,
    client: presentAsker(client),
    scopes: [...authorization.scopes],
    redirectHost: hostOf(authorization.redirectUri),
    user: { id: by.user.id, email: by.user.email },
    expiresAt: timeOf(authorization.expiresAt),
  }
}

/** POST /oauth/requests/:id */
export async function decideRequest({ core, caller, exchange, body }: Call<typeof oauthDecision>) {
  requireOAuthServer(core)
  const { decision, scopes } = body
  if (decision === 'deny' && scopes !== undefined) throw invalid('scopes', 'go with approve alone')
  const redirectTo = await decideAuthorization(core, caller, {
    handle: exchange.param('id'),
    by: exchange.need(signedInKey),
    decision,
    scopes: scopes === undefined ? undefined : [...new Set(scopes)],
  })
  return { redirectTo }
}

/** An application as people see it. */
export function presentAsker({ id, name, homeUrl, logoUrl }: OAuthClient): z.input<typeof asker> {
  return { id, name, homeUrl, logoUrl }
}

/** Who gets the answer: a host, or the scheme that a program of the machine has claimed. */
function hostOf(redirectUri: string): string {
  const { host, protocol } = new URL(redirectUri)
  return host === '' ? protocol : host
}
