import { isUuid } from '../../../base/encoding.ts'
import { Refusal } from '../../../base/errors.ts'
import type { SsoProvider } from '../../../core/sso/sso-provider.ts'
import {
  addSsoProvider,
  changeSsoProvider,
  removeSsoProvider,
  ssoProviderBy,
  ssoProviders,
} from '../../../flows/admin/manage-sso.ts'
import { given } from '../input.ts'
import type { Call } from '../operation.ts'
import { timeOf } from '../present.ts'
import type { ssoChangeBody, ssoProviderBody } from '../schemas/sso.ts'
import { actorOf } from './actor.ts'
import { inOwnWords } from './sso-faults.ts'

/** GET /admin/sso-providers */
export async function listSso({ core }: Call) {
  return { items: (await ssoProviders(core)).map(present), nextCursor: null }
}

/** POST /admin/sso-providers */
export async function addSso({ core, caller, exchange, body }: Call<typeof ssoProviderBody>) {
  const { type: _, claims, ...rest } = body
  const input = given({ ...rest, attributeMapping: claims })
  const added = addSsoProvider(core, caller, { input, actor: actorOf(exchange) })
  return present(await added.catch(inOwnWords(input)))
}

/** GET /admin/sso-providers/:id */
export async function readSso(call: Call) {
  return present(await named(call))
}

/** PATCH /admin/sso-providers/:id */
export async function changeSso(call: Call<typeof ssoChangeBody>) {
  const { core, caller, exchange, body } = call
  const { claims, ...rest } = body
  const before = await named(call)
  const input = given({ ...rest, attributeMapping: claims })
  const changed = changeSsoProvider(core, caller, { before, input, actor: actorOf(exchange) })
  return present(await changed.catch(inOwnWords(input)))
}

/** DELETE /admin/sso-providers/:id */
export async function dropSso(call: Call) {
  const provider = await named(call)
  await removeSsoProvider(call.core, call.caller, { provider, actor: actorOf(call.exchange) })
}

async function named({ core, exchange }: Pick<Call, 'core' | 'exchange'>): Promise<SsoProvider> {
  const id = exchange.param('id')
  if (!isUuid(id)) throw new Refusal('sso_provider_not_found')
  return ssoProviderBy(core, { id })
}

function present(provider: SsoProvider) {
  const { id, entityId, metadataUrl, nameIdFormat, resourceId, enabled, allowUnsolicited } = provider
  return {
    id,
    type: 'saml' as const,
    entityId,
    metadataUrl,
    domains: [...provider.domains],
    claims: Object.fromEntries(
      Object.entries(provider.attributeMapping).map(([claim, { names, ...source }]) => [
        claim,
        { ...source, ...(names === undefined ? {} : { names: [...names] }) },
      ]),
    ),
    nameIdFormat,
    resourceId,
    enabled,
    allowUnsolicited,
    metadataCheckedAt: timeOf(provider.metadataCheckedAt),
    createdAt: timeOf(provider.createdAt),
    updatedAt: timeOf(provider.updatedAt),
  }
}
