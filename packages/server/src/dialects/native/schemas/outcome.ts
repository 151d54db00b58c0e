import { z } from 'zod'
import { jsonObject, named, time } from './named.ts'
import { factor, identity, session, user } from './user.ts'

/** What proves a session. */
export const tokens = named(
  'Tokens',
  z.strictObject({
    accessToken: z.string(),
    tokenType: z.literal('Bearer'),
    expiresIn: z.int().meta({ description: 'Seconds.' }),
    expiresAt: time(),
    refreshToken: z.string().nullable().meta({ description: 'null in cookie mode, and after an access key.' }),
  }),
)

const choose = z.strictObject({
  type: z.literal('choose'),
  options: z.array(
    z.strictObject({
      id: z.string(),
      type: z.enum(['password', 'email', 'totp', 'passkey', 'phone', 'recovery_code', 'wallet']),
      name: z.string().nullable(),
      sentTo: z.string().nullable(),
      enroll: z.boolean().meta({ description: 'A factor to set up, because policy asks for one.' }),
    }),
  ),
})
const code = z.strictObject({
  type: z.literal('code'),
  channel: z.enum(['email', 'sms', 'whatsapp']),
  sentTo: z.string().meta({ description: 'Masked.' }),
  length: z.int(),
  hasLink: z.boolean().meta({ description: 'The mail has a link too.' }),
  linkOpened: z.boolean().meta({ description: 'It was opened, and nothing came of it yet.' }),
  resendAt: time().meta({ description: 'Asking for a fresh code before sends nothing.' }),
  expiresAt: time().meta({ description: 'When the code ends.' }),
})
const totpSetup = z.strictObject({
  type: z.literal('totp_setup'),
  secret: z.string().nullable().meta({ description: 'Base32. It, `uri` and `qr` are shown once, then null.' }),
  uri: z.string().nullable().meta({ description: '`otpauth://totp/…`' }),
  qr: z.string().nullable().meta({ description: 'SVG, as a data URL.' }),
})
const accept = z.strictObject({
  type: z.literal('accept'),
  email: z.string().nullable(),
  displayName: z.string().nullable(),
  password: z.boolean().meta({ description: 'Whether a password may be chosen with the yes.' }),
})

const passkey = z.strictObject({
  type: z.literal('passkey'),
  mode: z.enum(['get', 'create']),
  publicKey: jsonObject().meta({
    description: 'What the browser is handed, in its JSON form (WebAuthn Level 3 §5.1).',
  }),
  expiresAt: time(),
})
const wallet = z.strictObject({
  type: z.literal('wallet'),
  chain: z.enum(['ethereum', 'solana']),
  message: z
    .string()
    .meta({ description: 'What the wallet is to sign, to the letter (`personal_sign`, `signMessage`).' }),
  expiresAt: time(),
})
const redirect = z.strictObject({
  type: z.literal('redirect'),
  url: z.string().meta({ description: 'The browser goes there.' }),
})

/** What to do next. */
export const step = named(
  'Step',
  z.discriminatedUnion('type', [choose, code, totpSetup, passkey, wallet, redirect, accept]),
)

/** Anything begun and not finished. */
export const attemptState = named(
  'AttemptState',
  z.strictObject({
    token: z.string().meta({ examples: ['wwa_…'] }),
    purpose: z.enum([
      'sign_up',
      'sign_in',
      'recovery',
      'invite',
      'email_change',
      'phone_change',
      'elevation',
      'enrollment',
      'link',
    ]),
    step,
    expiresAt: time(),
  }),
)

/** Tokens of a provider. */
export const providerTokens = named(
  'ProviderTokens',
  z.strictObject({
    provider: z.string(),
    accessToken: z.string(),
    refreshToken: z.string().nullable(),
    scopes: z.array(z.string()),
    expiresAt: time().nullable(),
  }),
)

const weakReason = z.enum(['length', 'characters', 'common', 'personal', 'breached'])

export const complete = named(
  'Complete',
  z.strictObject({
    status: z.literal('complete'),
    user,
    session,
    tokens,
    isNewUser: z.boolean(),
    identity: identity.nullable().meta({ description: 'The account elsewhere this came by.' }),
    providerTokens: providerTokens
      .nullable()
      .meta({ description: 'Handed out once, after a sign-in with a provider.' }),
    factor: factor.nullable().meta({ description: 'What setting one up has added.' }),
    weakPassword: z.array(weakReason).nullable().meta({ description: 'Accepted, no longer good enough.' }),
  }),
)
export const pending = named('Pending', z.strictObject({ status: z.literal('pending'), attempt: attemptState }))

/** Either finished, or waiting for the next step. */
export const outcome = named('Outcome', z.discriminatedUnion('status', [complete, pending]))
