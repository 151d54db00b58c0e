import { z } from 'zod'
import { catalogue } from '../core/providers/catalogue.ts'
import type { Provider, ProviderSettings } from '../core/providers/provider.ts'
import { set } from './about.ts'
import * as kind from './kinds.ts'

/** The settings that all providers have. One set of schemas serves all of them: they are many. */
function sharedSettings() {
  return {
    clientId: set(
      kind.list().optional(),
      'Client id there; of several the first is for the browser, all for ID tokens.',
    ),
    clientSecret: set(kind.line(10_000).optional(), 'Client secret there.', { secret: true }),
    url: set(kind.url('http', 'https').optional(), 'Another host, tenant or issuer of the same product.', {
      otherwise: 'the public one',
    }),
    movedFrom: set(
      kind.line(2_048).optional(),
      'Where it stood before, if `url` has changed and the accounts there are the same; else nobody gets in by it.',
    ),
    redirectUri: set(kind.url('http', 'https').optional(), 'The callback registered there.', {
      otherwise: 'the callback of the dialect in use',
    }),
    scopes: set(kind.list().optional(), 'Scopes asked for besides its own.'),
    emailOptional: set(kind.toggle().optional(), 'Let people in whose profile has no e-mail address.'),
    idTokens: set(kind.toggle().optional(), 'Take ID tokens that apps got there by themselves.', {
      otherwise: 'as `enabled`',
    }),
    skipNonceCheck: set(kind.toggle().optional(), 'Take ID tokens without comparing their nonce.'),
    trustEmail: set(
      kind.toggle().optional(),
      'Believe it about e-mail addresses; off: they count as unproved, and a mail asks whoever comes with one.',
      { otherwise: 'true' },
    ),
    linking: set(
      kind.choice('verified', 'never').optional(),
      '`verified`: an address proved on both sides finds its account; `never`: always another account.',
      { otherwise: '`verified`' },
    ),
    keepTokens: set(kind.toggle().optional(), 'Keep its tokens, sealed, for `/me/provider-tokens`.'),
  }
}

/** The settings of one provider: those that all have, and what it alone needs. */
function providerGroup({ name, options = {} }: Provider, shared: ReturnType<typeof sharedSettings>) {
  const own = Object.entries(options).map(([option, { about, secret }]) => [
    option,
    set(kind.line(10_000).optional(), about, secret === true ? { secret } : {}),
  ])
  return z.strictObject({
    enabled: set(kind.toggle().optional(), `Let people sign in with ${name}.`, {
      otherwise: 'on where it has a client id',
    }),
    ...shared,
    ...(Object.fromEntries(own) as Record<string, z.ZodType<string | undefined>>),
  })
}

/** The settings of all providers, by id. */
export function providerGroups() {
  const shared = sharedSettings()
  return z.strictObject(Object.fromEntries(catalogue.map((provider) => [provider.id, providerGroup(provider, shared)])))
}

type Groups = Readonly<Record<string, z.output<ReturnType<typeof providerGroup>>>>

const general = new Set([
  ...['enabled', 'clientId', 'clientSecret', 'url', 'redirectUri', 'scopes', 'emailOptional', 'skipNonceCheck'],
  ...['linking', 'keepTokens', 'idTokens', 'movedFrom', 'trustEmail'],
])

/** What is set for each provider, complete. */
export function providerSettings(groups: Groups): Readonly<Record<string, ProviderSettings>> {
  return Object.fromEntries(Object.entries(groups).map(([id, group]) => [id, settingsOf(group)]))
}

function settingsOf(group: Groups[string]): ProviderSettings {
  const { clientId: clientIds = [], scopes = [], emailOptional = false, skipNonceCheck = false } = group
  const own = Object.entries(group).filter(([name, value]) => !general.has(name) && typeof value === 'string')
  return {
    enabled: group.enabled ?? clientIds.length > 0,
    idTokens: group.idTokens,
    clientIds,
    clientSecret: group.clientSecret,
    url: group.url,
    movedFrom: group.movedFrom,
    redirectUri: group.redirectUri,
    scopes,
    emailOptional,
    skipNonceCheck,
    trustEmail: group.trustEmail ?? true,
    linking: group.linking ?? 'verified',
    keepTokens: group.keepTokens ?? false,
    options: Object.fromEntries(own) as Record<string, string>,
  }
}
