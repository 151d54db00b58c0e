import type {
  AddSsoProvider,
  AdminProvider,
  AdminProviderPage,
  AdminSsoProvider,
  AdminSsoProviderPage,
  ChangeSsoProvider,
  CreateOAuthClient,
  MadeOAuthClient,
  OAuthClient,
  PutProvider,
  UpdateOAuthClient,
} from '../api/types.ts'
import { idPart } from '../base/encoding.ts'
import type { Reply } from '../base/result.ts'
import type { Call } from '../request/request.ts'
import type { List } from './list.ts'

/** Where people may sign in with accounts elsewhere. */
export interface AdminProviders {
  /**
   * All there are, without their secrets.
   * @example
   * const { data } = await admin.providers.list()
   * show(data?.items.filter(({ enabled }) => enabled))
   */
  list(): Reply<AdminProviderPage>
  /**
   * One of them, without its secret.
   * @param provider such as `google`, `custom:acme`
   * @example
   * const { data } = await admin.providers.get('google')
   * show(data?.enabled, data?.hasSecret)
   */
  get(provider: string): Reply<AdminProvider>
  /**
   * Sets one up, or changes it.
   * @example
   * await admin.providers.put('google', { clientId, clientSecret })
   */
  put(provider: string, input: PutProvider): Reply<AdminProvider>
  /**
   * Takes one of your own away; of a built-in one what the configuration says counts again.
   * @example
   * await admin.providers.delete('google')
   */
  delete(provider: string): Reply<null>
}

/** Organisations' own identity providers (SAML 2.0). */
export interface AdminSsoProviders {
  /**
   * All there are.
   * @example
   * const { data } = await admin.ssoProviders.list()
   * for (const { entityId, domains } of data?.items ?? []) show(entityId, domains)
   */
  list(): Reply<AdminSsoProviderPage>
  /**
   * One of them.
   * @example
   * const { data } = await admin.ssoProviders.get(id)
   * show(data?.metadataCheckedAt)
   */
  get(id: string): Reply<AdminSsoProvider>
  /**
   * Adds one by its metadata: whole, or by the address where it is read again when it is due.
   * @example
   * const metadataUrl = 'https://idp.acme.test/metadata'
   * await admin.ssoProviders.create({ type: 'saml', metadataUrl, domains: ['acme.test'] })
   */
  create(input: AddSsoProvider): Reply<AdminSsoProvider>
  /**
   * What is absent stays.
   * @example
   * await admin.ssoProviders.update(id, { enabled: false })
   */
  update(id: string, input: ChangeSsoProvider): Reply<AdminSsoProvider>
  /**
   * Its people keep their accounts and cannot come in by it.
   * @example
   * await admin.ssoProviders.delete(id)
   */
  delete(id: string): Reply<null>
}

/** Applications that people may let act for them. */
export interface AdminOAuthClients {
  /**
   * All there are, without their secrets.
   * @example
   * for await (const client of admin.oauthClients.list.all()) show(client.name, client.registration)
   */
  readonly list: List<OAuthClient>
  /**
   * One of them, without its secret.
   * @example
   * const { data } = await admin.oauthClients.get(id)
   * show(data?.redirectUris)
   */
  get(id: string): Reply<OAuthClient>
  /**
   * The secret of a confidential one is in the answer, once.
   * @example
   * const redirectUris = ['https://orders.example.com/callback']
   * const { data } = await admin.oauthClients.create({ name: 'Orders', redirectUris })
   * show(data?.client.id, data?.secret)
   */
  create(input: CreateOAuthClient): Reply<MadeOAuthClient>
  /**
   * What is absent stays.
   * @example
   * await admin.oauthClients.update(id, { name: 'Orders and returns' })
   */
  update(id: string, input: UpdateOAuthClient): Reply<OAuthClient>
  /**
   * Takes one away, with all it was allowed; its sessions end.
   * @example
   * await admin.oauthClients.delete(id)
   */
  delete(id: string): Reply<null>
  /**
   * A new secret; the old one is dead.
   * @example
   * const { data } = await admin.oauthClients.newSecret(id)
   * show(data?.secret)
   */
  newSecret(id: string): Reply<MadeOAuthClient>
}

type CallOf = <T>(method: Call['method'], path: string, more?: Partial<Call>) => Promise<T>

const providerPart = (provider: string): string => {
  if (!/^(custom:)?[a-z0-9][a-z0-9_-]{0,62}$/.test(provider)) throw new TypeError('This is not the id of a provider.')
  return provider
}

/** The groups about whom people come in by: providers, organisations, applications. */
export function doorsOf(call: CallOf) {
  const provider = (id: string) => `/providers/${providerPart(id)}`
  const organisation = (id: string) => `/sso-providers/${idPart(id)}`
  const application = (id: string) => `/oauth-clients/${idPart(id)}`
  return {
    providers: {
      list: () => call('GET', '/providers'),
      get: async (id: string) => call('GET', provider(id)),
      put: async (id: string, body: PutProvider) => call('PUT', provider(id), { body }),
      delete: async (id: string) => call('DELETE', provider(id)),
    },
    ssoProviders: {
      list: () => call('GET', '/sso-providers'),
      get: async (id: string) => call('GET', organisation(id)),
      create: (body: AddSsoProvider) => call('POST', '/sso-providers', { body }),
      update: async (id: string, body: ChangeSsoProvider) => call('PATCH', organisation(id), { body }),
      delete: async (id: string) => call('DELETE', organisation(id)),
    },
    oauthClients: {
      get: async (id: string) => call('GET', application(id)),
      create: (body: CreateOAuthClient) => call('POST', '/oauth-clients', { body }),
      update: async (id: string, body: UpdateOAuthClient) => call('PATCH', application(id), { body }),
      delete: async (id: string) => call('DELETE', application(id)),
      newSecret: async (id: string) => call('POST', `${application(id)}/secret`),
    },
  }
}
