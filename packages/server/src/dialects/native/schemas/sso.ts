import { z } from 'zod'
import { id, named, pageOf, time } from './named.ts'

/** Which organisation a domain belongs to. */
export const ssoInfo = named('SsoInfo', z.strictObject({ providerId: id(), name: z.string() }))
export const ssoQuery = z.strictObject({ domain: z.string().min(1).max(253) })

const source = z.strictObject({
  name: z.string().max(1_024).optional(),
  names: z.array(z.string().max(1_024)).max(20).optional(),
  default: z.unknown().optional(),
  array: z.boolean().optional(),
})

const fields = {
  domains: z
    .array(z.string().max(253))
    .max(100)
    .meta({ description: 'Whose people it signs in. Its word about an address counts in these alone.' }),
  claims: z
    .record(z.string().max(128), source)
    .meta({ description: 'Which attributes are kept, by claim: `{"full_name": {"name": "displayName"}}`.' }),
  nameIdFormat: z.string().max(255).nullable(),
  resourceId: z.string().max(128).nullable().meta({ description: 'What you call it.' }),
  enabled: z.boolean(),
  allowUnsolicited: z
    .boolean()
    .meta({ description: 'Lets it send people who did not begin here. Such a sign-in belongs to no browser.' }),
}
const metadata = { metadataXml: z.string().max(524_288).optional(), metadataUrl: z.string().max(2_048).optional() }

/** A new provider: its metadata, by address or whole. */
export const ssoProviderBody = named(
  'AddSsoProvider',
  z.strictObject({ type: z.literal('saml'), ...metadata, ...z.object(fields).partial().shape }),
)
/** What may be changed; what is absent stays as it is. */
export const ssoChangeBody = named(
  'ChangeSsoProvider',
  z.strictObject({ ...metadata, ...z.object(fields).partial().shape }),
)

/** An organisation's identity provider as administrators see it. */
export const adminSsoProvider = named(
  'AdminSsoProvider',
  z.strictObject({
    id: id(),
    type: z.literal('saml'),
    entityId: z.string(),
    metadataUrl: z.string().nullable(),
    ...fields,
    metadataCheckedAt: time(),
    createdAt: time(),
    updatedAt: time(),
  }),
)
export const adminSsoPage = pageOf('AdminSsoProviderPage', adminSsoProvider)
