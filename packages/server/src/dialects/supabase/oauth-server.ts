import type { Core } from '../../core/core.ts'
import { issuerAddress } from '../../core/tokens/discovery.ts'
import type { AuthorizationServer } from '../../flows/oauth/server.ts'
import type { Gate } from '../../http/route.ts'
import { refusal } from './refuse.ts'

/** This dialect's face towards applications: they get the deployment's own access tokens, narrowed to their scopes. */
export function supabaseServer({ settings }: Pick<Core, 'settings'>): AuthorizationServer {
  return {
    issuer: issuerAddress(settings),
    tokens: 'account',
    handles: 'base32',
    defaultScopes: ['email'],
    renewsIdToken: false,
  }
}

/** Refuses where being a provider is switched off. */
export function oauthServerOn({ settings }: Pick<Core, 'settings'>): Gate {
  return () => {
    if (!settings.oauthServer.enabled) throw refusal('oauth_server')
  }
}
