import { del, get, type Operation, put } from '../operation.ts'
import { adminProvider, adminProviderPage, providerBody } from '../schemas/provider.ts'
import { dropProvider, listProviders, putProvider, readProvider } from './providers.ts'

const settings = 'admin:settings:write'

export const providerRoutes: readonly Operation[] = [
  get(
    '/admin/providers',
    { about: 'Where people may sign in with accounts elsewhere.', who: settings, answer: adminProviderPage },
    listProviders,
  ),
  get(
    '/admin/providers/:provider',
    { about: 'One of them, without its secret.', who: settings, answer: adminProvider },
    readProvider,
  ),
  put(
    '/admin/providers/:provider',
    {
      about:
        'Changes one; what is absent stays. A name that begins with `custom:` adds one of one’s own, by its issuer (oidc) or its addresses (oauth2).',
      who: settings,
      body: providerBody,
      answer: adminProvider,
      codes: ['provider_failed', 'limit_reached', 'conflict'],
    },
    putProvider,
  ),
  del(
    '/admin/providers/:provider',
    {
      about:
        'Takes one of one’s own away, and what it said of addresses with it, or what was changed about a built-in one. To keep its word, switch it off.',
      who: settings,
    },
    dropProvider,
  ),
]
