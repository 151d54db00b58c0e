import { z } from 'zod'
import { captchaPlaces } from '../../../core/captcha/captcha-places.ts'
import { id, named, pageOf, time } from './named.ts'

const providerInfo = named(
  'ProviderInfo',
  z.strictObject({
    id: z.string(),
    name: z.string(),
    kind: z.enum(['oauth2', 'oidc']),
    startUrl: z.string(),
    iconUrl: z.string().nullable(),
    idToken: z.boolean().meta({ description: 'Whether apps may hand in ID tokens.' }),
  }),
)

export const publicSettings = named(
  'PublicSettings',
  z.strictObject({
    name: z.string(),
    signUp: z.boolean(),
    identifiers: z.array(z.enum(['email', 'phone'])),
    waysIn: z.array(z.enum(['password', 'code', 'provider', 'id_token', 'sso', 'passkey', 'wallet', 'anonymous'])),
    factors: z
      .array(z.enum(['totp', 'phone', 'passkey', 'recovery_codes']))
      .meta({ description: 'What may be set up.' }),
    secondFactor: z.literal('optional'),
    providers: z.array(providerInfo),
    wallets: z.array(z.enum(['ethereum', 'solana'])).meta({ description: 'Chains whose wallets sign in.' }),
    sso: z.boolean().meta({ description: 'Whether organisations sign in through their own identity provider.' }),
    confirmation: z.strictObject({ email: z.boolean(), phone: z.boolean() }),
    password: z.strictObject({
      min: z.int(),
      max: z.int(),
      checks: z.array(z.enum(['length', 'characters', 'common', 'personal', 'breached'])),
    }),
    code: z.strictObject({ length: z.int(), seconds: z.int() }),
    captcha: z
      .strictObject({ provider: z.string(), siteKey: z.string(), on: z.array(z.enum(captchaPlaces)) })
      .nullable()
      .meta({ description: 'Who draws it and what it is asked for: `captcha` in the body of those.' }),
    locales: z.array(z.string()),
    passkeys: z
      .strictObject({
        rpId: z.string().meta({ description: 'The domain they are made for.' }),
        withoutAddress: z.boolean().meta({ description: 'Whether one alone signs up.' }),
      })
      .nullable()
      .meta({ description: 'Null where there are none.' }),
  }),
)

export const captchaChallenge = named(
  'CaptchaChallenge',
  z.strictObject({
    parameters: z
      .strictObject({
        algorithm: z.string(),
        cost: z.int(),
        data: z.strictObject({ for: z.enum(captchaPlaces) }).optional(),
        expiresAt: z.int().meta({ description: 'Seconds since 1970.' }),
        keyLength: z.int(),
        keyPrefix: z.string(),
        nonce: z.string(),
        salt: z.string(),
      })
      .meta({ description: 'In the form of ALTCHA, version 2.' }),
    signature: z.string(),
  }),
)

export const inboxMessage = named(
  'InboxMessage',
  z.strictObject({
    id: id(),
    at: time(),
    channel: z.enum(['email', 'sms', 'whatsapp']),
    to: z.string(),
    template: z.string(),
    subject: z.string(),
    text: z.string(),
    html: z.string(),
    code: z.string().nullable(),
    link: z.string().nullable(),
  }),
)
export const inboxPage = pageOf('InboxPage', inboxMessage)

/** Every refusal. */
export const errorBody = named(
  'Error',
  z.strictObject({
    code: z.string(),
    message: z.string().meta({ description: 'For people; may change.' }),
    requestId: id(),
    details: z.record(z.string(), z.unknown()),
    retryAfter: z.int().nullable().meta({ description: 'Seconds.' }),
  }),
)
