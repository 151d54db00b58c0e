import { invalid } from '../../../base/errors.ts'
import { linkIdentity } from '../../../flows/account/link-identity.ts'
import { providerTokens } from '../../../flows/account/provider-tokens.ts'
import { unlinkIdentity } from '../../../flows/account/unlink-identity.ts'
import { askWallet } from '../../../flows/sign-in/ask-wallet.ts'
import { linkWithIdToken } from '../../../flows/sign-in/with-id-token.ts'
import { signedInKey } from '../../../gate/bearer.ts'
import { idOf, returnOf } from '../input.ts'
import type { Call } from '../operation.ts'
import { presentIdentities, presentProviderTokens } from '../present.ts'
import { presentOutcome, presentPending } from '../present-outcome.ts'
import type { linkBody } from './bodies.ts'

/** GET /me/identities */
export function listIdentities({ exchange }: Call) {
  return { items: presentIdentities(exchange.need(signedInKey).user), nextCursor: null }
}

/** POST /me/identities: with an ID token at once, by a wallet's signature, or over the provider's page. It finishes in this session alone. */
export async function addIdentity(call: Call<typeof linkBody>) {
  const { core, caller, native, exchange, body } = call
  const { user, session } = exchange.need(signedInKey)
  const { provider, idToken, nonce, accessToken, scopes = [], chain, address, uri } = body
  if ((provider === undefined) === (chain === undefined)) throw invalid('provider', 'either it or a chain is needed')
  if (chain !== undefined) {
    if (address === undefined) throw invalid('address', 'is needed with a chain')
    return presentPending(core, await askWallet(core, { chain, address, uri, link: { user, session } }))
  }
  if (provider === undefined) throw invalid('provider', 'is needed')
  if (idToken !== undefined) {
    const handed = { provider, idToken, nonce, accessToken, user, session, as: 'same_session' as const }
    return presentOutcome(call, await linkWithIdToken(core, caller, handed))
  }
  if (body.codeChallenge === undefined) throw invalid('codeChallenge', 'is needed without an ID token')
  const startAt = `${native.url}/sign-in/provider/${encodeURI(provider)}`
  const back = returnOf(core, body)
  return presentPending(core, await linkIdentity(core, { user, session, provider, back, startAt, scopes, params: {} }))
}

/** DELETE /me/identities/:id */
export async function removeIdentity({ core, caller, exchange }: Call) {
  const { user, session } = exchange.need(signedInKey)
  await unlinkIdentity(core, caller, { user, session, identityId: idOf(exchange, 'id') })
}

/** GET /me/provider-tokens/:provider */
export async function readProviderTokens({ core, exchange }: Call) {
  const provider = exchange.param('provider')
  const { user } = exchange.need(signedInKey)
  return presentProviderTokens(provider, await providerTokens(core, { userId: user.id, provider, renew: 'when_old' }))
}
