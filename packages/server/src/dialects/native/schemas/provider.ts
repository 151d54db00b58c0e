import { z } from 'zod'
import { named, pageOf } from './named.ts'

const url = () => z.string().max(2_048)
const words = () => z.array(z.string().min(1).max(255)).max(100)
const texts = () => z.record(z.string().max(128), z.string().max(1_024))

const fields = {
  enabled: z.boolean(),
  clientId: z.string().max(1_024).nullable(),
  audiences: words().meta({ description: 'Further client ids that ID tokens may be made out to.' }),
  scopes: words(),
  linking: z.enum(['never', 'verified']).meta({
    description: '`verified`: an address proved on both sides finds its account. Never so for a provider of one’s own.',
  }),
  trustEmail: z.boolean().meta({
    description: '`false`: its addresses count as unproved, and a mail asks whoever comes with one.',
  }),
  emailOptional: z.boolean().meta({ description: 'Lets people in whose profile has no address.' }),
  skipNonceCheck: z.boolean(),
  keepTokens: z.boolean(),
  kind: z.enum(['oauth2', 'oidc']).meta({ description: 'Only of a provider of one’s own.' }),
  name: z.string().min(1).max(100),
  issuer: url().nullable(),
  discoveryUrl: url().nullable(),
  authorizationUrl: url().nullable(),
  tokenUrl: url().nullable(),
  userinfoUrl: url().nullable(),
  jwksUrl: url().nullable(),
  claims: texts().meta({ description: 'Where in its profile ours are found: `{"email": "mail"}`.' }),
  params: texts().meta({ description: 'Sent along to its page.' }),
  pkce: z.boolean(),
}

/** What may be said about a provider; what is absent stays as it is. */
export const providerBody = named(
  'PutProvider',
  z.strictObject({
    ...z.object(fields).partial().shape,
    clientSecret: z.string().min(1).max(10_000).nullable().optional(),
    movedFrom: url().optional().meta({
      description:
        'Its issuer, or its `userinfoUrl`, before, where this changes it and the accounts there are the same.',
    }),
  }),
)

/** A provider as administrators see it, without its secret. */
export const adminProvider = named(
  'AdminProvider',
  z.strictObject({ id: z.string(), builtIn: z.boolean(), ...fields, hasSecret: z.boolean() }),
)
export const adminProviderPage = pageOf('AdminProviderPage', adminProvider)
