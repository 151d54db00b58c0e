import { z } from 'zod'
import { clientAuthMethods, clientGrants } from '../../../core/clients/client.ts'
import { id, named, pageOf, time } from './named.ts'

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

/** An application as people see it. */
export const asker = z.strictObject({
  id: z.string(),
  name: z.string(),
  homeUrl: url().nullable(),
  logoUrl: url().nullable(),
})

/** What somebody has allowed an application. */
export const consent = named('Grant', z.strictObject({ client: asker, scopes: words(), grantedAt: time() }))
export const consentPage = pageOf('GrantPage', consent)

/** Where the browser goes with the answer. */
export const answered = named(
  'AnsweredOAuthRequest',
  z.strictObject({ redirectTo: z.string().meta({ description: 'The application’s place, with a code or an error.' }) }),
)

/** What an application asks for, or where the browser goes because it was allowed before. */
export const oauthRequest = named(
  'OAuthRequest',
  z.union([
    z.strictObject({
      id: z.string(),
      client: asker,
      scopes: words(),
      redirectHost: z
        .string()
        .meta({ description: 'Who gets the answer: a host, or the scheme of a program (`com.example.app:`).' }),
      user: z.strictObject({ id: id(), email: z.string().nullable() }),
      expiresAt: time(),
    }),
    answered,
  ]),
)

/** Yes or no. */
export const oauthDecision = named(
  'DecideOAuthRequest',
  z.strictObject({
    decision: z.enum(['approve', 'deny']),
    scopes: words().min(1).optional().meta({ description: 'Those of the asked ones that are allowed. Default all.' }),
  }),
)
