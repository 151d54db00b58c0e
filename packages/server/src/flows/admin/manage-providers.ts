import { invalid, Refusal } from '../../base/errors.ts'
import { type AddressFault, judgeAddress } from '../../base/outbound.ts'
import type { Actor } from '../../core/audit/audit.ts'
import type { Core } from '../../core/core.ts'
import { type CustomProvider, customPrefix, customProvider } from '../../core/providers/custom.ts'
import type { ProviderSettings } from '../../core/providers/provider.ts'
import { homeOf, type ProviderHome } from '../../core/providers/provider-homes.ts'
import type { ProviderRow } from '../../core/providers/provider-rows.ts'
import { customOf, storedCustom } from '../../core/providers/provider-settings.ts'
import type { SetProvider } from '../../core/providers/providers.ts'
import type { Caller } from '../caller.ts'
import { standingOf } from '../steps/arrival.ts'
import { auditOf } from '../steps/audit-of.ts'
import { elsewhere, type Standing } from '../steps/provider-home.ts'

/** A provider of an administrator's own, as it is stored. */
export interface StoredProvider {
  readonly id: string
  readonly custom: CustomProvider
  readonly createdAt: Date
  readonly updatedAt: Date
}

const mostProviders = 100

const stored = (row: ProviderRow): StoredProvider => ({
  id: row.id,
  custom: customOf(row),
  createdAt: row.createdAt,
  updatedAt: row.updatedAt,
})

/** The providers administrators have added, oldest first. */
export async function customProviders(core: Core): Promise<StoredProvider[]> {
  return (await core.providerRows.list()).filter(({ kind }) => kind !== 'built_in').map(stored)
}

/** @throws Refusal `not_found` */
export async function customProviderNamed(core: Core, name: string): Promise<StoredProvider> {
  const row = await core.providerRows.find(name)
  if (row === undefined || row.kind === 'built_in') throw new Refusal('not_found')
  return stored(row)
}

/**
 * Adds a provider. Its addresses are judged and its discovery document is read first.
 * @throws Refusal `validation_failed`, `conflict` (with `details.reason` `moved` where accounts of another issuer are connected
 * under its name), `limit_reached`, `provider_failed`
 */
export async function addProvider(
  core: Core,
  caller: Caller,
  input: { readonly custom: CustomProvider; readonly movedFrom?: string | undefined; readonly actor: Actor },
): Promise<StoredProvider> {
  const { custom, movedFrom, actor } = input
  await check(core, custom)
  if ((await customProviders(core)).length >= mostProviders)
    throw new Refusal('limit_reached', { details: { limit: mostProviders } })
  return core.transaction(async (tx) => {
    const row = await tx.providerRows.create({ ...rowOf(custom), clientSecret: custom.settings.clientSecret ?? null })
    if (row === undefined)
      throw new Refusal('conflict', {
        message: 'There is a provider with this name already. Change that one, or remove it first.',
      })
    await refuseMove(tx, { ...homeOfCustom(custom), movedFrom })
    await tx.audit.record(entry(caller, actor, 'provider.created', custom.id))
    return stored(row)
  })
}

/** Puts a provider whole. An absent secret stays as it is. @throws Refusal as {@link addProvider}, `not_found` */
export async function changeProvider(
  core: Core,
  caller: Caller,
  input: {
    readonly custom: CustomProvider
    readonly clientSecret: string | null | undefined
    /** Its home before, where it has moved with the same accounts. */
    readonly movedFrom?: string | undefined
    readonly actor: Actor
  },
): Promise<StoredProvider> {
  const { custom, clientSecret, movedFrom, actor } = input
  await check(core, custom)
  return core.transaction(async (tx) => {
    const before = await tx.providers.find(custom.id)
    if (before !== undefined) await noteHome(tx, before)
    const row = await tx.providerRows.update({
      ...rowOf(custom),
      ...(clientSecret === undefined ? {} : { clientSecret }),
    })
    if (row === undefined) throw new Refusal('not_found')
    const now = homeOfCustom(custom)
    if (movedFrom !== undefined || before === undefined || homeOf(before).home !== now.home)
      await refuseMove(tx, { ...now, movedFrom })
    await tx.audit.record(entry(caller, actor, 'provider.updated', custom.id))
    return stored(row)
  })
}

/** Takes a provider away, or what is stored over the configuration of a built-in one. Identities stay. @throws Refusal `not_found` */
export async function removeProvider(
  core: Core,
  caller: Caller,
  input: { readonly name: string; readonly actor: Actor },
): Promise<void> {
  await core.transaction(async (tx) => {
    const before = await tx.providers.find(input.name)
    if (before !== undefined) await noteHome(tx, before)
    if (!(await tx.providerRows.remove(input.name))) throw new Refusal('not_found')
    const after = await tx.providers.find(input.name)
    const at = after === undefined ? undefined : standingOf(after)
    if (at !== undefined) await elsewhere(tx, at)
    await tx.audit.record(entry(caller, input.actor, 'provider.deleted', input.name))
  })
}

/** Stores what differs from the configuration of a built-in provider; what was stored before and is not named stays. @throws Refusal `not_found` */
export async function overrideProvider(
  core: Core,
  caller: Caller,
  input: {
    readonly name: string
    readonly changes: Partial<Omit<ProviderSettings, 'clientSecret'>>
    readonly clientSecret: string | null | undefined
    /** Its home before, where it has moved with the same accounts. */
    readonly movedFrom?: string | undefined
    readonly actor: Actor
  },
): Promise<void> {
  const { name, changes, clientSecret, movedFrom, actor } = input
  const known = name.startsWith(customPrefix) ? undefined : await core.providers.find(name)
  if (known === undefined) throw new Refusal('not_found')
  if (changes.url !== undefined) await checkAddress(core, 'url', changes.url)
  const problem = known.provider.problem?.({ ...known.settings, ...changes })
  if (problem !== undefined) throw invalid('url', problem)
  const before = (await core.providerRows.find(name))?.settings
  const row = {
    name,
    kind: 'built_in' as const,
    settings: { ...before, ...changes },
    ...(clientSecret === undefined ? {} : { clientSecret }),
  }
  await core.transaction(async (tx) => {
    await noteHome(tx, known)
    if ((await tx.providerRows.update(row)) === undefined) await tx.providerRows.create(row)
    const now = homeOf({ ...known, settings: { ...known.settings, ...changes } })
    if (movedFrom !== undefined || now.home !== homeOf(known).home) await refuseMove(tx, { ...now, movedFrom })
    await tx.audit.record(entry(caller, actor, 'provider.updated', name))
  })
}

const homeOfCustom = (custom: CustomProvider): ProviderHome =>
  homeOf({ provider: customProvider(custom), settings: custom.settings })

/** Whatever is connected under its name comes from where it stands until now. */
async function noteHome(tx: Core, before: SetProvider): Promise<void> {
  const at = standingOf(before)
  if (at !== undefined) await tx.providerHomes.note([at])
}

/** @throws Refusal `conflict` */
async function refuseMove(tx: Core, at: Standing): Promise<void> {
  const from = await elsewhere(tx, at)
  if (from === undefined) return
  throw new Refusal('conflict', {
    message: `Accounts of ${from} are connected under this name. If they are the same at ${at.home}, say so with movedFrom; otherwise give the provider another name.`,
    details: { reason: 'moved', from },
  })
}

function entry(caller: Caller, actor: Actor, action: string, provider: string) {
  return { ...auditOf(caller, null, actor), action, result: 'ok' as const, details: { provider } }
}

const rowOf = (custom: CustomProvider) => ({ name: custom.id, kind: custom.kind, settings: storedCustom(custom) })

const reservedParams = new Set([
  ...['client_id', 'client_secret', 'redirect_uri', 'response_type', 'state', 'code_challenge'],
  ...['code_challenge_method', 'code_verifier', 'nonce'],
])
const protectedClaims = new Set([
  ...['id', 'aud', 'role', 'app_metadata', 'created_at', 'updated_at', 'confirmed_at', 'email_confirmed_at'],
  ...['phone_confirmed_at', 'email_verified', 'phone_verified', 'banned_until', 'is_super_admin', '__proto__'],
])

const fault = (message: string, reason: string): Refusal =>
  new Refusal('validation_failed', { message, details: { reason } })

async function check(core: Core, custom: CustomProvider): Promise<void> {
  const { endpoints, params, mapping, kind } = custom
  if (!/^custom:[a-z0-9][a-z0-9_-]{0,62}$/.test(custom.id))
    throw invalid('id', `must be ${customPrefix} and 1 to 63 lower-case letters, digits, dashes or underscores`)
  const reserved = Object.keys(params).find((name) => reservedParams.has(name.toLowerCase()))
  if (reserved !== undefined) throw fault(`Cannot override reserved OAuth parameter: ${reserved}`, 'reserved_param')
  const guarded = Object.keys(mapping).find((name) => protectedClaims.has(name))
  if (guarded !== undefined) throw fault(`Cannot map to protected system field: ${guarded}`, 'protected_claim')
  for (const [name, url] of Object.entries(endpoints)) if (url !== undefined) await checkAddress(core, name, url)
  if (kind === 'oidc') await core.providers.discover(endpoints)
}

const faults: Readonly<Record<AddressFault, string>> = {
  not_https: 'URL must use HTTPS',
  loopback: 'URL cannot point to localhost or loopback addresses',
  unresolvable: 'Unable to resolve hostname',
  private: 'URL cannot resolve to private network addresses',
}

/** What this server would never ask is not stored either (S117). */
async function checkAddress({ settings }: Pick<Core, 'settings'>, name: string, url: string): Promise<void> {
  const found = await judgeAddress(url, settings.outbound)
  if (found === undefined) return
  const fields = [{ path: name, rule: faults[found] }]
  throw new Refusal('validation_failed', { message: faults[found], details: { reason: found, fields } })
}
