import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { ProviderTokens } from '../../core/providers/provider.ts'
import { homeOf } from '../../core/providers/provider-homes.ts'
import { audiencesOf, type SetProvider } from '../../core/providers/providers.ts'
import type { KnownProfile } from '../../core/providers/read-profile.ts'
import type { User } from '../../core/users/user.ts'
import type { Standing } from './provider-home.ts'

/** Somebody whom a provider has proved, in plain values. */
export interface Arrival {
  /** The provider's id. */
  readonly provider: string
  readonly profile: KnownProfile
  readonly tokens: ProviderTokens | null
  /** Whether its tokens are kept. */
  readonly keepsTokens: boolean
  readonly emailOptional: boolean
  /** `false`: what it says of addresses does not count. */
  readonly trustsEmail?: boolean
  /** Where it stands; absent for whom nobody can move. */
  readonly home?: Standing | undefined
}

/** What the flows need to know of a provider once it has spoken. */
export function arrivalOf(
  at: SetProvider,
  came: { readonly profile: KnownProfile; readonly tokens: ProviderTokens | null },
): Arrival {
  const { provider, settings } = at
  const emailOptional = settings.emailOptional || provider.tellsNoEmail === true
  const { keepTokens: keepsTokens, trustEmail: trustsEmail } = settings
  return { ...came, provider: provider.id, keepsTokens, emailOptional, trustsEmail, home: standingOf(at) }
}

/** Where a provider stands as it is set now. One that is only pretended stands nowhere. */
export function standingOf(at: SetProvider): Standing | undefined {
  return audiencesOf(at).length === 0 ? undefined : { ...homeOf(at), movedFrom: at.settings.movedFrom }
}

/** The identity that an arrival is. */
export function identityOf({ provider, profile: { subject, email, data } }: Arrival) {
  return { provider, subject, email, data }
}

/**
 * Puts what is now known of an identity in place, with its tokens where they are kept.
 * @throws Refusal `identity_already_exists` when it is somebody else's since
 */
export async function putIdentity(
  tx: Core,
  user: Pick<User, 'id'>,
  arrival: Arrival,
): Promise<{ readonly id: string }> {
  const put = await tx.identities.put({ ...identityOf(arrival), userId: user.id })
  if (put === undefined) throw new Refusal('identity_already_exists', { details: { reason: 'other' } })
  const { tokens, keepsTokens } = arrival
  if (keepsTokens && tokens !== null && tokens.accessToken !== '') await tx.providerTokens.keep(put.id, tokens)
  return put
}

/**
 * A provider that is switched on and can be asked.
 * @throws Refusal `provider_disabled` with `details.reason` `unknown`, `disabled` or `no_credentials`
 */
export async function enabledProvider(core: Core, id: string): Promise<SetProvider> {
  const found = await core.providers.find(id)
  if (found === undefined) throw disabled(id, 'unknown')
  if (!found.settings.enabled) throw disabled(id, 'disabled')
  if (found.settings.clientIds.length === 0 && !isPretended(core, found)) throw disabled(id, 'no_credentials')
  return found
}

/**
 * A provider whose ID tokens count, handed in by an app that got them there itself.
 * @throws Refusal `provider_disabled` with `details.reason` `unknown`, `disabled` or `no_credentials`
 */
export async function tokenProvider(core: Core, id: string): Promise<SetProvider> {
  const found = await core.providers.find(id)
  if (found === undefined) throw disabled(id, 'unknown')
  if (!(found.settings.idTokens ?? found.settings.enabled)) throw disabled(id, 'disabled')
  if (audiencesOf(found).length === 0) throw disabled(id, 'no_credentials')
  return found
}

const disabled = (id: string, reason: string): Refusal =>
  new Refusal('provider_disabled', { details: { reason, provider: id.slice(0, 64) } })

/** In development a provider without credentials is one of ours that believes everybody. */
export function isPretended({ settings }: Pick<Core, 'settings'>, at: SetProvider): boolean {
  return settings.environment === 'development' && at.settings.enabled && at.settings.clientIds.length === 0
}
