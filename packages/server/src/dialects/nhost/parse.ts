import { z } from 'zod'
import { Refusal } from '../../base/errors.ts'
import { parseEmail } from '../../core/identifiers/email.ts'
import type { Exchange } from '../../http/exchange.ts'
import { schemaFault } from './refuse.ts'

/** Fields of request bodies. Every object is strict: what nobody knows is refused. */
export const field = {
  text: z.string().max(4_096),
  email: z.string().max(2_048),
  /** Longer ones are known from other dialects; how short one may be is the server's policy. */
  password: z.string().min(3).max(1_024),
  challenge: z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'must be 43 characters of base64url (RFC 7636, S256)'),
  uuid: z
    .string()
    .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be a UUID in lower case'),
  metadata: z.record(z.string(), z.unknown()),
} as const

const locale = z.string().min(2).max(3)
const displayName = z
  .string()
  .max(32)
  .regex(/^[\p{L}\p{N}\p{S} ,.'-]+$/u, 'has characters that names may not have')

export const redirectOptions = z.strictObject({ redirectTo: z.string().max(4_096).optional() })

export const signUpOptions = z.strictObject({
  allowedRoles: z.array(z.string().max(255)).max(64).optional(),
  defaultRole: z.string().max(255).optional(),
  displayName: displayName.optional(),
  locale: locale.optional(),
  metadata: field.metadata.optional(),
  redirectTo: z.string().max(4_096).optional(),
})

export const guestOptions = z.strictObject({
  displayName: z.string().max(255).optional(),
  locale: locale.optional(),
  metadata: field.metadata.optional(),
})

/** The body as its schema reads it. @throws Refusal `validation_failed`, `bad_json` */
export async function readBody<S extends z.ZodType>(exchange: Exchange, schema: S): Promise<z.output<S>> {
  return check(schema, await exchange.json())
}

/** As {@link readBody}, where no body is as good as an empty object. */
export async function readOptionalBody<S extends z.ZodType>(exchange: Exchange, schema: S): Promise<z.output<S>> {
  return check(schema, (await exchange.json({ empty: 'undefined' })) ?? {})
}

/** The value as the schema reads it. @throws Refusal `validation_failed` */
export function check<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  const path = issue === undefined ? [] : issue.path.map(String)
  const where = issue?.code === 'unrecognized_keys' ? [...path, issue.keys[0]?.slice(0, 64)] : path
  const rule = issue?.code === 'unrecognized_keys' ? 'is not a known property' : (issue?.message ?? 'is not valid')
  throw schemaFault(`${where.join('.') || 'body'}: ${rule}`)
}

/** An address that a request may carry and nobody asks for: it must be one all the same. @throws Refusal `email_address_invalid` */
export function readAside({ email }: { readonly email?: string | undefined }): void {
  if (email !== undefined) emailOf({ email })
}

/** The address in its stored form; blanks around it are no part of any. @throws Refusal `email_address_invalid` */
export function emailOf({ email }: { readonly email: string }): string {
  if (email.trim() !== email) throw new Refusal('email_address_invalid', { details: { reason: 'format' } })
  return parseEmail(email)
}
