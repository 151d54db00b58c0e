import { Refusal } from '../../base/errors.ts'
import { namesMailbox } from '../../base/names-mailbox.ts'
import type { JsonObject } from '../users/user.ts'
import type { Assertion } from './read-assertion.ts'
import { emailAttributes, named, nameIdFormats } from './saml-names.ts'
import type { AttributeMapping, AttributeSource, SsoProvider } from './sso-provider.ts'

/** Somebody as their organisation knows them. */
export interface SsoProfile {
  readonly subject: string
  /** In its stored form. */
  readonly email: string
  /** Whether the organisation may speak for the address: its domain is one of its own (S83). */
  readonly emailVerified: boolean
  readonly name: string | null
  readonly avatarUrl: string | null
  /** What is kept with the identity, and shown to its owner. */
  readonly data: JsonObject
}

const standardClaims = new Set([
  ...['name', 'family_name', 'given_name', 'middle_name', 'nickname', 'preferred_username', 'profile', 'picture'],
  ...['website', 'gender', 'birthdate', 'zoneinfo', 'locale', 'avatar_url', 'full_name', 'user_name', 'slug'],
])

/**
 * Whom an assertion speaks of.
 * @param readAddress an e-mail address in its stored form, or undefined
 * @throws Refusal `saml_assertion_invalid` with `details.reason` `no_user_id` or `no_email`
 */
export function profileOfAssertion(
  { attributeMapping, domains, entityId }: Pick<SsoProvider, 'attributeMapping' | 'domains' | 'entityId'>,
  assertion: Assertion,
  readAddress: (text: string) => string | undefined,
): SsoProfile {
  const subject = subjectOf(assertion)
  if (subject === undefined) throw lacking('no_user_id')
  const address = addressOf(attributeMapping, assertion, readAddress)
  if (address === undefined) throw lacking('no_email')
  const { email, told } = address
  const claims = mapped(attributeMapping, assertion)
  const standard = Object.entries(claims).filter(([claim]) => standardClaims.has(claim))
  const own = Object.entries(claims).filter(([claim]) => !standardClaims.has(claim) && claim !== 'email')
  const emailVerified = domains.includes(email.slice(email.lastIndexOf('@') + 1)) && namesMailbox(told)
  const name = firstText(claims['full_name'], claims['name'], joined(claims['given_name'], claims['family_name']))
  const avatarUrl = firstText(claims['avatar_url'], claims['picture'])
  return {
    subject,
    email,
    emailVerified,
    name,
    avatarUrl,
    data: {
      ...Object.fromEntries(standard),
      ...(own.length === 0 ? {} : { custom_claims: Object.fromEntries(own) }),
      iss: entityId,
      sub: subject,
      email,
      email_verified: emailVerified,
      phone_verified: false,
    },
  }
}

const lacking = (reason: string) => new Refusal('saml_assertion_invalid', { details: { reason } })

/** Twice as long as the standard allows (SAML Subject-ID §3.3.1). */
const longestSubject = 512

/** What names a person for good: an identifier made for it (SAML Subject-ID §3), or a NameID that is not made up for the day. */
function subjectOf({ attributes, nameId }: Assertion): string | undefined {
  const subjectId = attributes.find(({ name }) => name === named.subjectId)?.values[0]
  // Cut off, two of them could be one.
  if (subjectId !== undefined && subjectId !== '')
    return subjectId.length > longestSubject ? undefined : inLowerCase(subjectId)
  if (nameId === undefined || nameId.format === nameIdFormats.transient) return undefined
  return nameId.format === nameIdFormats.email ? inLowerCase(nameId.value) : nameId.value
}

/** Of ASCII alone: elsewhere two names can have one lower case, and be two people (S38). */
const inLowerCase = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** The address in its stored form, and as it was told. */
function addressOf(
  mapping: AttributeMapping,
  { attributes, nameId }: Assertion,
  readAddress: (text: string) => string | undefined,
): { readonly email: string; readonly told: string } | undefined {
  const own = mapping['email']
  const sources = own === undefined ? emailAttributes.map((name) => ({ name })) : [own]
  const asserted = sources.flatMap((source) => valuesOf(source, attributes) ?? [])[0]
  const named = nameId?.format === nameIdFormats.email || nameId?.format === undefined ? nameId?.value : undefined
  const unspecified = nameId?.format === nameIdFormats.unspecified ? nameId.value : undefined
  return [asserted, named, unspecified].flatMap((told) => {
    const email = told === undefined ? undefined : readAddress(told)
    return told === undefined || email === undefined ? [] : [{ email, told }]
  })[0]
}

function mapped(mapping: AttributeMapping, { attributes }: Assertion): JsonObject {
  return Object.fromEntries(
    Object.entries(mapping).flatMap(([claim, source]) => {
      const values = valuesOf(source, attributes)
      const value = source.array === true ? values : values?.[0]
      const taken = value ?? source.default
      return taken === undefined || taken === null ? [] : [[claim, taken]]
    }),
  )
}

/** The values of the first name that is there; names are compared whatever their case, as people type them. */
function valuesOf(source: AttributeSource, attributes: Assertion['attributes']): readonly string[] | undefined {
  const names = [source.name, ...(source.names ?? [])].flatMap((name) => name?.toLowerCase() ?? [])
  const isNamed = (wanted: string) => (attribute: Assertion['attributes'][number]) =>
    attribute.name.toLowerCase() === wanted || attribute.friendlyName?.toLowerCase() === wanted
  const found = names.map((name) => attributes.find(isNamed(name))).find((one) => (one?.values.length ?? 0) > 0)
  return found?.values
}

function firstText(...candidates: readonly unknown[]): string | null {
  return candidates.find((one): one is string => typeof one === 'string' && one !== '') ?? null
}

function joined(...parts: readonly unknown[]): string {
  return parts.filter((part) => typeof part === 'string' && part !== '').join(' ')
}
