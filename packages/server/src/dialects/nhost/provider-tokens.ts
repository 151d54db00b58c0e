import { z } from 'zod'
import { secondsUntil } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import type { ProviderTokens } from '../../core/providers/provider.ts'
import { providerTokens, refreshForeignTokens } from '../../flows/account/provider-tokens.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { readBody } from './parse.ts'
import { nameHere, providerOf } from './provider-names.ts'
import { refusal } from './refuse.ts'

function present({ core }: Nhost, tokens: ProviderTokens) {
  const now = core.runtime.now()
  return {
    accessToken: tokens.accessToken,
    expiresIn: tokens.expiresAt === null ? 0 : secondsUntil(now, tokens.expiresAt),
    expiresAt: (tokens.expiresAt ?? now).toISOString(),
    refreshToken: tokens.refreshToken ?? '',
  }
}

const none = { accessToken: '', expiresIn: 0, expiresAt: '0001-01-01T00:00:00Z' }

/** GET …/callback/tokens: what is kept of the bearer's account at a provider. */
export function getProviderTokens(at: Nhost): Handler {
  return async (exchange) => {
    const provider = providerOf(nameHere(exchange.param('provider')))
    const { user } = exchange.need(signedInKey)
    if (user.identities.every((identity) => identity.provider !== provider)) return json(200, none)
    try {
      return json(200, present(at, await providerTokens(at.core, { userId: user.id, provider, renew: 'when_old' })))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      if (error.code === 'not_found') return json(200, none)
      const isUnkept = error.code === 'feature_disabled' || error.code === 'provider_disabled'
      throw isUnkept ? refusal('invalid-request') : error
    }
  }
}

const refreshBody = z.strictObject({ refreshToken: z.string().max(8_192) })

/** POST /token/provider/:provider: new tokens for a refresh token that the app kept. */
export function postProviderToken(at: Nhost): Handler {
  return async (exchange) => {
    const provider = providerOf(nameHere(exchange.param('provider')))
    const { refreshToken } = await readBody(exchange, refreshBody)
    return json(200, present(at, await refreshForeignTokens(at.core, { provider, refreshToken })))
  }
}
