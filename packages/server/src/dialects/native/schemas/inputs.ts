import { z } from 'zod'
import { isOrdinaryTime } from '../../../base/duration.ts'
import { parseEmail } from '../../../core/identifiers/email.ts'
import { parsePhone } from '../../../core/identifiers/phone.ts'
import { jsonObject } from './named.ts'

/** An e-mail address, put into its one form. */
export const emailField = () =>
  z
    .string()
    .max(2_032)
    .meta({ format: 'email' })
    .transform((text) => parseEmail(text))
/** A phone number, put into E.164. */
export const phoneField = () =>
  z
    .string()
    .max(64)
    .meta({ examples: ['+12025550100'] })
    .transform((text) => parsePhone(text))
/** An e-mail address or a phone number; the handler sees to it that it is one of them. */
export const idFields = { email: emailField().optional(), phone: phoneField().optional() }
/** How a text leaves. */
export const channelField = () =>
  z.enum(['sms', 'whatsapp']).optional().meta({ description: 'Of a text; default sms.' })
/** A password; how long and how good a new one must be is judged with the account at hand. */
export const passwordField = () => z.string().min(1).max(4_096)
/** A whole instant, as a `Date`. */
export const instant = () =>
  z.iso
    .datetime({ offset: true, error: 'must be a time in ISO 8601' })
    .transform((text) => new Date(text))
    .refine(isOrdinaryTime, 'must be a time of the years 1 to 9999')
/** A one-time code as typed: spaces and dashes do not count. */
export const codeField = () =>
  z
    .string()
    .min(1)
    .max(64)
    .transform((text) => text.replace(/[\s-]/g, ''))
/** The handle of an attempt. */
export const attemptField = () =>
  z
    .string()
    .max(128)
    .meta({ examples: ['wwa_…'] })

/** One line of text about a person. */
const line = (max: number) =>
  z
    .string()
    .max(max)
    .regex(/^\P{Cc}*$/u, 'must be one line')
/** What somebody calls a factor. */
export const factorName = () => line(64).min(1)
const secureUrl = () =>
  z
    .string()
    .max(2_048)
    .regex(/^https:\/\/[^\s"'<>\\]+$/, 'must be an https URL')
    .refine(URL.canParse, 'must be an https URL')
const locale = () =>
  z
    .string()
    .max(35)
    .regex(/^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'must be a language tag (BCP 47)')
const role = () => z.string().min(1).max(255)

/** The name of a provider. */
export const providerField = () =>
  z
    .string()
    .regex(/^[a-z0-9][a-z0-9_:-]{0,63}$/, 'must be the id of a provider')
    .meta({ examples: ['google', 'custom:acme'] })

/** A solved captcha. */
export const captchaFields = {
  captcha: z
    .string()
    .max(4_096)
    .optional()
    .meta({ description: 'What the captcha gave, where `/settings` says that one is asked for.' }),
}

/** An ID token an app got from a provider by itself. */
export const idTokenFields = {
  provider: providerField(),
  idToken: z.string().min(1).max(16_384),
  nonce: z.string().max(256).optional().meta({ description: 'As it was before its digest went into the request.' }),
  accessToken: z.string().max(16_384).optional().meta({ description: 'Compared with the `at_hash` of the ID token.' }),
}

/** A wallet that is to sign. */
export const walletFields = {
  chain: z.enum(['ethereum', 'solana']),
  address: z.string().min(32).max(64),
  uri: z.string().max(2_048).optional().meta({ description: 'The page that asks, a listed place; default the site.' }),
}

/** What people may say about themselves when an account is made. */
export const newAccountFields = {
  displayName: line(64).optional(),
  avatarUrl: secureUrl().optional(),
  locale: locale().optional(),
  metadata: jsonObject().optional(),
  roles: z.array(role()).max(50).optional(),
}

/** Where a person returns to after opening a link. */
export const returnFields = {
  redirectTo: z.string().max(2_048).optional().meta({ description: 'A listed place; default the site.' }),
  codeChallenge: z
    .string()
    .regex(/^[A-Za-z0-9_-]{43}$/, 'must be the S256 digest of a verifier, 43 characters')
    .optional()
    .meta({ description: 'Without it the mail carries a code and no link.' }),
  state: z.string().max(128).optional().meta({ description: 'Comes back with the code.' }),
}

/** What a person may change about themselves; `null` clears. */
export const profileFields = {
  displayName: line(64).nullable().optional(),
  avatarUrl: secureUrl().nullable().optional(),
  locale: locale().optional(),
  metadata: jsonObject().optional().meta({ description: 'Merged by its keys; null deletes one.' }),
}

/** What an administrator may say about a user. */
export const adminUserFields = {
  email: emailField().optional(),
  phone: phoneField().optional(),
  password: passwordField().optional(),
  passwordHash: z
    .string()
    .max(1_024)
    .optional()
    .meta({ description: 'argon2, bcrypt, scrypt, Firebase scrypt or PBKDF2; replaced at the next sign-in.' }),
  emailConfirmed: z.boolean().optional(),
  phoneConfirmed: z.boolean().optional(),
  ...profileFields,
  appMetadata: jsonObject().optional(),
  roles: z.array(role()).max(50).optional(),
  defaultRole: role().optional(),
  role: role().optional().meta({ description: 'The role in the sense of the database.' }),
  bannedUntil: instant().nullable().optional(),
}

/** A whole number in a query. */
const whole = (most: number, usual: number) =>
  z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `must be a whole number from 1 to ${most}`)
    .transform(Number)
    .refine((value) => value <= most, `must be at most ${most}`)
    .default(usual)
    .meta({ description: `1 to ${most}, default ${usual}.` })

/** Which part of a list. */
export const pageFields = (most = 200) => ({
  limit: whole(most, 50),
  cursor: z.string().max(2_048).optional().meta({ description: '`nextCursor` of the page before.' }),
})

export const adminPageFields = pageFields(1_000)
