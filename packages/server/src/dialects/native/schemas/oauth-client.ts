import { z } from 'zod'
import { clientAuthMethods, clientGrants } from '../../../core/clients/client.ts'
import { named, pageOf, time } from './named.ts'

const url = () => z.string().max(2_048)
const words = () => z.array(z.string().min(1).max(64)).max(100)

const fields = {
  name: z.string().max(1_024).meta({ description: 'Shown to people when they are asked.' }),
  redirectUris: z
    .array(url())
    .max(10)
    .meta({ description: 'Where it is answered; compared as they are, save the port of a loopback address.' }),
  authMethod: z.enum(clientAuthMethods).meta({ description: '`none` is a public application, without a secret.' }),
  grants: z.array(z.enum(clientGrants)).max(2),
  scopes: words().meta({ description: 'The most it may ask for. Default the standard ones.' }),
  homeUrl: url().nullable(),
  logoUrl: url().nullable(),
}

/** A new application. */
export const createClientBody = named(
  'CreateOAuthClient',
  z.strictObject({ ...z.object(fields).partial().shape, redirectUris: fields.redirectUris.min(1) }),
)

/** What is absent stays as it is. */
export const updateClientBody = named('UpdateOAuthClient', z.strictObject(z.object(fields).partial().shape))

/** An application that people may let act for them, without its secret. */
export const oauthClient = named(
  'OAuthClient',
  z.strictObject({
    id: z.string(),
    ...fields,
    registration: z.enum(['manual', 'dynamic']),
    createdAt: time(),
    updatedAt: time(),
  }),
)
export const oauthClientPage = pageOf('OAuthClientPage', oauthClient)

/** The same with a secret that was made in this moment. */
export const madeOAuthClient = named(
  'MadeOAuthClient',
  z.strictObject({
    client: oauthClient,
    secret: z.string().nullable().meta({ description: 'Shown once; null for a public application.' }),
  }),
)

/** What somebody has allowed an application. */
export const consent = named(
  'Grant',
  z.strictObject({
    client: z.strictObject({ id: z.string(), name: z.string(), homeUrl: url().nullable(), logoUrl: url().nullable() }),
    scopes: words(),
    grantedAt: time(),
  }),
)
export const consentPage = pageOf('GrantPage', consent)
