import type { z } from 'zod'
import { invalid, Refusal } from '../../../base/errors.ts'
import { catalogue } from '../../../core/providers/catalogue.ts'
import { type CustomProvider, customPrefix } from '../../../core/providers/custom.ts'
import type { Endpoints, ProviderSettings } from '../../../core/providers/provider.ts'
import { noSettings } from '../../../core/providers/provider-settings.ts'
import type { SetProvider } from '../../../core/providers/providers.ts'
import {
  addProvider,
  changeProvider,
  customProviderNamed,
  customProviders,
  overrideProvider,
  removeProvider,
} from '../../../flows/admin/manage-providers.ts'
import { given } from '../input.ts'
import type { Call } from '../operation.ts'
import type { adminProvider, providerBody } from '../schemas/provider.ts'
import { actorOf } from './actor.ts'

type Body = z.output<typeof providerBody>
type Shown = z.input<typeof adminProvider>

/** GET /admin/providers: the built-in ones, then the administrators' own. */
export async function listProviders({ core }: Call) {
  const own = (await customProviders(core)).map(({ custom }) => presentCustom(custom))
  const builtIn = await Promise.all(catalogue.map(({ id }) => core.providers.find(id)))
  return { items: [...builtIn.filter((each) => each !== undefined).map(presentBuiltIn), ...own], nextCursor: null }
}

/** GET /admin/providers/:provider */
export function readProvider({ core, exchange }: Call): Promise<Shown> {
  return shown(core, exchange.param('provider'))
}

async function shown(core: Call['core'], name: string): Promise<Shown> {
  if (name.startsWith(customPrefix)) return presentCustom((await customProviderNamed(core, name)).custom)
  const found = await core.providers.find(name)
  if (found === undefined) throw new Refusal('not_found')
  return presentBuiltIn(found)
}

/** PUT /admin/providers/:provider: changes one, or adds one of one's own, whose name begins with `custom:`. */
export async function putProvider({ core, caller, exchange, body }: Call<typeof providerBody>) {
  const name = exchange.param('provider')
  const actor = actorOf(exchange)
  const { clientSecret, movedFrom } = body
  if (!name.startsWith(customPrefix)) {
    await overrideProvider(core, caller, { name, changes: overridesOf(body), clientSecret, movedFrom, actor })
    return shown(core, name)
  }
  const before = (await customProviders(core)).find(({ custom }) => custom.id === name)?.custom
  const custom = customFrom(before ?? emptyCustom(name, body), body)
  if (before === undefined) {
    const settings = { ...custom.settings, clientSecret: clientSecret ?? undefined }
    return presentCustom(
      (await addProvider(core, caller, { custom: { ...custom, settings }, movedFrom, actor })).custom,
    )
  }
  return presentCustom((await changeProvider(core, caller, { custom, clientSecret, movedFrom, actor })).custom)
}

/** DELETE /admin/providers/:provider */
export async function dropProvider({ core, caller, exchange }: Call) {
  await removeProvider(core, caller, { name: exchange.param('provider'), actor: actorOf(exchange) })
}

const ownFields = [
  'kind',
  'name',
  'discoveryUrl',
  'authorizationUrl',
  'tokenUrl',
  'userinfoUrl',
  'jwksUrl',
  'claims',
  'params',
  'pkce',
] as const

/** A built-in provider knows its addresses; only what an operator may choose can be said about it. */
function overridesOf(body: Body): Partial<ProviderSettings> {
  const foreign = ownFields.find((field) => body[field] !== undefined)
  if (foreign !== undefined) throw invalid(foreign, 'is known of a built-in provider')
  return given({ ...settingsIn(body, undefined), url: body.issuer ?? undefined })
}

function settingsIn(body: Body, before: ProviderSettings | undefined) {
  const { enabled, scopes, emailOptional, skipNonceCheck, keepTokens, linking, trustEmail } = body
  const first = body.clientId === undefined ? before?.clientIds[0] : (body.clientId ?? undefined)
  const others = body.audiences ?? before?.clientIds.slice(1) ?? []
  const named = body.clientId !== undefined || body.audiences !== undefined
  const clientIds = named ? [...new Set([...(first === undefined ? [] : [first]), ...others])] : undefined
  return { enabled, scopes, emailOptional, skipNonceCheck, keepTokens, linking, trustEmail, clientIds }
}

function emptyCustom(id: string, { kind, name }: Body): CustomProvider {
  if (kind === undefined) throw invalid('kind', 'is needed')
  const settings = { ...noSettings, enabled: true, linking: 'never' as const }
  return { id, kind, name: name ?? id, endpoints: {}, settings, pkce: true, params: {}, mapping: {}, keptClaims: [] }
}

const addresses = {
  issuer: 'issuer',
  discoveryUrl: 'discovery',
  authorizationUrl: 'authorization',
  tokenUrl: 'token',
  userinfoUrl: 'userinfo',
  jwksUrl: 'jwks',
} as const satisfies Record<string, keyof Endpoints>

function customFrom(before: CustomProvider, body: Body): CustomProvider {
  if (body.linking === 'verified')
    throw invalid('linking', 'is never for a provider of one’s own (its addresses find no account)')
  if (body.kind !== undefined && body.kind !== before.kind) throw invalid('kind', 'cannot be changed')
  const endpoints: Record<string, string | undefined> = { ...before.endpoints }
  for (const [field, name] of Object.entries(addresses)) {
    const url = body[field as keyof typeof addresses]
    if (url !== undefined) endpoints[name] = url ?? undefined
  }
  const custom = {
    ...before,
    name: body.name ?? before.name,
    endpoints: given(endpoints) as Endpoints,
    pkce: body.pkce ?? before.pkce,
    params: body.params ?? before.params,
    mapping: body.claims ?? before.mapping,
    settings: { ...before.settings, ...given(settingsIn(body, before.settings)) },
  }
  refuseIncomplete(custom)
  return custom
}

function refuseIncomplete({ kind, endpoints, settings }: CustomProvider): void {
  if (settings.clientIds.length === 0) throw invalid('clientId', 'is needed')
  if (kind === 'oidc' && endpoints.issuer === undefined) throw invalid('issuer', 'is needed')
  if (kind === 'oidc') return
  if (endpoints.authorization === undefined) throw invalid('authorizationUrl', 'is needed')
  if (endpoints.token === undefined) throw invalid('tokenUrl', 'is needed')
  if (endpoints.userinfo === undefined) throw invalid('userinfoUrl', 'is needed')
}

function presentSettings(settings: ProviderSettings) {
  const { enabled, clientIds, scopes, linking, emailOptional, skipNonceCheck, keepTokens, trustEmail, clientSecret } =
    settings
  const [clientId = null, ...audiences] = clientIds
  const shared = {
    enabled,
    clientId,
    audiences,
    scopes: [...scopes],
    linking,
    emailOptional,
    skipNonceCheck,
    keepTokens,
    trustEmail,
  }
  return { ...shared, hasSecret: clientSecret !== undefined && clientSecret !== '' }
}

function presentAddresses(endpoints: Endpoints) {
  return {
    issuer: endpoints.issuer ?? null,
    discoveryUrl: endpoints.discovery ?? null,
    authorizationUrl: endpoints.authorization ?? null,
    tokenUrl: endpoints.token ?? null,
    userinfoUrl: endpoints.userinfo ?? null,
    jwksUrl: endpoints.jwks ?? null,
  }
}

function presentBuiltIn({ provider, settings }: SetProvider): Shown {
  const { id, name, kind, quirks } = provider
  const own = { claims: {}, params: {}, pkce: quirks?.pkce !== false }
  return {
    id,
    builtIn: true,
    ...presentSettings(settings),
    kind,
    name,
    ...presentAddresses(provider.endpoints(settings)),
    ...own,
  }
}

function presentCustom(custom: CustomProvider): Shown {
  const { id, name, kind, settings, endpoints, mapping, params, pkce } = custom
  const own = { claims: { ...mapping }, params: { ...params }, pkce }
  return { id, builtIn: false, ...presentSettings(settings), kind, name, ...presentAddresses(endpoints), ...own }
}
