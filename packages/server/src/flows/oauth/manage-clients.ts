import { invalid, Refusal } from '../../base/errors.ts'
import type { Actor } from '../../core/audit/audit.ts'
import { type ClientFacts, clientGrants, type OAuthClient } from '../../core/clients/client.ts'
import type { MadeClient } from '../../core/clients/clients.ts'
import type { Core } from '../../core/core.ts'
import { standardScopes } from '../../core/tokens/within-scopes.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'
import { type ClientInput, readClient } from './client-input.ts'
import { knownScopes } from './server.ts'

/** A page of applications, newest first, and how many there are in all. */
export async function clientsOf(
  core: Core,
  page: { readonly limit: number; readonly offset: number },
): Promise<{ readonly clients: readonly OAuthClient[]; readonly total: number }> {
  const [clients, total] = await Promise.all([core.clients.list(page), core.clients.count()])
  return { clients, total }
}

/** @throws Refusal `not_found` */
export async function clientNamed(core: Core, id: string): Promise<OAuthClient> {
  const client = await core.clients.find(id)
  if (client === undefined) throw new Refusal('not_found')
  return client
}

/** Adds an application. Its secret, if it has one, is answered here and never again. @throws Refusal `validation_failed` */
export async function addClient(
  core: Core,
  caller: Caller,
  input: { readonly said: ClientInput; readonly actor: Actor },
): Promise<MadeClient> {
  return make(core, caller, { facts: factsOf(core, input.said), actor: input.actor, registration: 'manual' })
}

/**
 * An application registers itself (RFC 7591 §3): the standard scopes, and no way to come back to what it said.
 * @throws Refusal `feature_disabled`, `validation_failed`
 */
export async function registerClient(core: Core, caller: Caller, said: ClientInput): Promise<MadeClient> {
  if (!core.settings.oauthServer.registration)
    throw new Refusal('feature_disabled', { details: { feature: 'oauth_registration' } })
  const { scopes } = said
  const allowed: readonly string[] = standardScopes
  const asked = scopes?.filter((scope) => allowed.includes(scope))
  const facts = factsOf(core, { ...said, scopes: asked?.length === 0 ? undefined : asked })
  return make(core, caller, { facts, actor: { type: 'nobody', id: null }, registration: 'dynamic' })
}

function factsOf(core: Core, said: ClientInput): ClientFacts {
  const known = knownScopes(core.settings)
  if (said.redirectUris === undefined) throw invalid('redirect_uris', 'is required')
  const defaults = {
    name: '',
    homeUrl: null,
    logoUrl: null,
    authMethod: 'client_secret_basic',
    redirectUris: [],
    grants: clientGrants,
    scopes: known.filter((scope) => (standardScopes as readonly string[]).includes(scope)),
  } as const
  return { ...defaults, ...readClient(said, known) }
}

async function make(
  core: Core,
  caller: Caller,
  input: {
    readonly facts: ClientFacts
    readonly actor: Actor
    readonly registration: OAuthClient['registration']
  },
): Promise<MadeClient> {
  const { facts, actor, registration } = input
  return core.transaction(async (tx) => {
    const made = await tx.clients.add(facts, registration)
    await tx.audit.record({ ...entry(caller, actor, made.client.id, 'created'), details: { registration } })
    return made
  })
}

/**
 * Changes what is said of an application. Whether it has a secret stays as it is: that is another application.
 * @throws Refusal `validation_failed`, `not_found`
 */
export async function changeClient(
  core: Core,
  caller: Caller,
  input: { readonly id: string; readonly said: ClientInput; readonly actor: Actor },
): Promise<OAuthClient> {
  const { id, said, actor } = input
  const facts = readClient(said, knownScopes(core.settings))
  return core.transaction(async (tx) => {
    const before = await tx.clients.find(id)
    if (before === undefined) throw new Refusal('not_found')
    if (facts.authMethod !== undefined && (facts.authMethod === 'none') !== (before.authMethod === 'none'))
      throw invalid('token_endpoint_auth_method', 'does not fit the type of the client')
    const changed = await tx.clients.change(id, facts)
    if (changed === undefined) throw new Refusal('not_found')
    await tx.audit.record({ ...entry(caller, actor, id, 'changed'), details: { fields: Object.keys(facts) } })
    return changed
  })
}

/** A new secret in place of the old one. @throws Refusal `not_found`, `validation_failed` for a public client */
export async function renewClientSecret(
  core: Core,
  caller: Caller,
  input: { readonly id: string; readonly actor: Actor },
): Promise<MadeClient> {
  const { id, actor } = input
  return core.transaction(async (tx) => {
    const made = await tx.clients.renewSecret(id)
    if (made === undefined) throw new Refusal('not_found')
    if (made.secret === undefined)
      throw new Refusal('validation_failed', { message: 'Cannot regenerate secret for public client' })
    await tx.audit.record(entry(caller, actor, id, 'secret_renewed'))
    return made
  })
}

/** Takes an application away, with all it was allowed and every session it holds. @throws Refusal `not_found` */
export async function removeClient(
  core: Core,
  caller: Caller,
  input: { readonly id: string; readonly actor: Actor },
): Promise<void> {
  const { id, actor } = input
  await core.transaction(async (tx) => {
    if ((await tx.clients.remove(id)) === undefined) throw new Refusal('not_found')
    await tx.audit.record(entry(caller, actor, id, 'removed'))
  })
}

function entry(caller: Caller, actor: Actor, id: string, verb: string) {
  return {
    ...auditOf(caller, null, actor),
    action: `oauth_client.${verb}`,
    result: 'ok' as const,
    target: { type: 'oauth_client', id },
  }
}
