import { z } from 'zod'
import { accessScopes, isAccessScope } from '../../../core/keys/access-scopes.ts'
import {
  channelField,
  emailField,
  factorName,
  idTokenFields,
  instant,
  pageFields,
  passwordField,
  phoneField,
  profileFields,
  returnFields,
  walletFields,
} from '../schemas/inputs.ts'
import { jsonObject, named } from '../schemas/named.ts'

export const profileBody = named('UpdateMe', z.strictObject(profileFields))
export const newPasswordBody = named(
  'SetPassword',
  z.strictObject({ password: passwordField(), currentPassword: passwordField().optional() }),
)
export const emailBody = named(
  'ChangeEmail',
  z.strictObject({
    email: emailField(),
    password: passwordField().optional().meta({ description: 'A guest’s first one.' }),
    ...returnFields,
  }),
)
export const phoneBody = named(
  'ChangePhone',
  z.strictObject({
    phone: phoneField(),
    channel: channelField(),
    password: passwordField().optional().meta({ description: 'A guest’s first one.' }),
  }),
)
export const linkBody = named(
  'LinkIdentity',
  z.strictObject({
    ...idTokenFields,
    provider: idTokenFields.provider.optional(),
    idToken: idTokenFields.idToken.optional(),
    ...walletFields,
    chain: walletFields.chain.optional().meta({ description: 'Of a wallet, in place of `provider`.' }),
    address: walletFields.address.optional(),
    scopes: z.array(z.string().max(128)).max(50).optional(),
    ...returnFields,
  }),
)
export const elevationBody = named(
  'Elevate',
  z.strictObject({
    level: z.enum(['recent', 'aal2']).optional().meta({
      description: 'recent: a proof not older than ten minutes, the second factor where there is one. Default.',
    }),
  }),
)
export const factorBody = named(
  'AddFactor',
  z.strictObject({
    type: z.enum(['totp', 'phone', 'passkey']),
    name: factorName().optional(),
    phone: phoneField().optional().meta({ description: 'For a phone.' }),
    signIn: z.boolean().optional().meta({
      description: 'For a passkey: whether it signs in alone (default), or protects the account as a second factor.',
    }),
    channel: channelField(),
  }),
)
export const factorNameBody = named('RenameFactor', z.strictObject({ name: factorName() }))
export const accessKeyBody = named(
  'CreateAccessKey',
  z.strictObject({
    name: factorName(),
    scopes: z
      .array(
        z
          .string()
          .max(64)
          .refine(isAccessScope, `must be ${accessScopes.join(', ')} or begin with app:`),
      )
      .min(1)
      .max(50)
      .meta({
        description: 'What it is good for here; words of your own begin with `app:` and are copied into access tokens.',
        examples: [['me:read', 'app:deploy']],
      }),
    expiresAt: instant().meta({ description: 'A year ahead at most.' }),
    metadata: jsonObject().optional().meta({ description: 'At most 4,096 bytes.' }),
  }),
)
export const pageQuery = z.strictObject(pageFields())
export const activityQuery = z.strictObject({
  ...pageFields(),
  action: z.string().max(64).optional().meta({ description: 'How the action begins.' }),
})
