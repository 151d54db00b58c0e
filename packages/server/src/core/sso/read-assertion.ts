import { invalidResponse } from './invalid-response.ts'
import { named, space } from './saml-names.ts'
import { childrenOf, everyElement, type XmlElement } from './xml.ts'

/** One attribute as it was asserted. */
export interface AssertedAttribute {
  readonly name: string
  readonly friendlyName: string | undefined
  readonly values: readonly string[]
}

/** What a verified assertion says, and until when it may be used. */
export interface Assertion {
  readonly id: string
  readonly nameId: { readonly value: string; readonly format: string | undefined } | undefined
  readonly attributes: readonly AssertedAttribute[]
  readonly expiresAt: Date
  /** When the identity provider wants the session to be over. */
  readonly sessionEndsAt: Date | null
}

/** What an assertion has to fit. */
export interface Expected {
  readonly issuer: string
  readonly audience: string
  readonly recipient: string
  /** The request it answers; `null` where nobody asked. */
  readonly requestId: string | null
  readonly now: Date
  /** Seconds that clocks may differ. */
  readonly skew: number
}

/**
 * Refuses a response whose envelope speaks against it: another issuer, destination or request, or no success.
 * @throws Refusal `saml_assertion_invalid`
 */
export function judgeEnvelope(response: XmlElement, expected: Omit<Expected, 'audience' | 'now' | 'skew'>): void {
  const [issuer, ...issuers] = childrenOf(response, space.assertion, 'Issuer')
  if (issuers.length > 0 || (issuer !== undefined && issuer.text.trim() !== expected.issuer))
    throw invalidResponse('issuer')
  const destination = response.attributes.get('Destination')
  if (destination !== undefined && destination !== expected.recipient) throw invalidResponse('destination')
  const answers = response.attributes.get('InResponseTo') ?? null
  if (answers !== expected.requestId && !(answers === null && expected.requestId !== null))
    throw invalidResponse('in_response_to')
  const [status, ...more] = childrenOf(response, space.protocol, 'Status')
  const [code, ...codes] = status === undefined ? [] : childrenOf(status, space.protocol, 'StatusCode')
  if (code === undefined || more.length + codes.length > 0 || code.attributes.get('Value') !== named.success)
    throw invalidResponse('status')
}

/**
 * Reads an assertion from the bytes that were verified (S77), if it was made by that provider, for us, for this request and
 * for now (SAML Core §2.5, Profiles §4.1.4).
 * @throws Refusal `saml_assertion_invalid`
 */
export function readAssertion(root: XmlElement, expected: Expected): Assertion {
  if (root.name !== 'Assertion' || root.namespace !== space.assertion) throw invalidResponse('not_an_assertion')
  if (root.attributes.get('Version') !== '2.0') throw invalidResponse('version')
  const id = root.attributes.get('ID') ?? ''
  if (id === '' || id.length > 256) throw invalidResponse('assertion_id')
  if (one(root, 'Issuer', 'issuer').text.trim() !== expected.issuer) throw invalidResponse('issuer')
  const subject = one(root, 'Subject', 'subject')
  const ends = [judgeConditions(one(root, 'Conditions', 'conditions'), expected), judgeSubject(subject, expected)]
  return {
    id,
    nameId: nameIdOf(subject),
    attributes: attributesOf(root),
    expiresAt: new Date(Math.max(...ends)),
    sessionEndsAt: sessionEnd(root, expected),
  }
}

function one(parent: XmlElement, name: string, reason: string): XmlElement {
  const [first, ...more] = childrenOf(parent, space.assertion, name)
  if (first === undefined || more.length > 0) throw invalidResponse(reason)
  return first
}

/** Those that bind us. Counting an assertion once is what happens to all of them; making others of it happens to none. */
const knownConditions = new Set(['AudienceRestriction', 'OneTimeUse', 'ProxyRestriction'])

/**
 * SAML Core §2.5.1. Whatever else it may be bound to, as to being used by somebody in another's name: what is not understood
 * is not fulfilled (§2.5.1.1). Answers when they end, in milliseconds.
 */
function judgeConditions(conditions: XmlElement, expected: Expected): number {
  const isKnown = ({ name, namespace }: XmlElement) => namespace === space.assertion && knownConditions.has(name)
  if (!conditions.children.every(isKnown)) throw invalidResponse('condition')
  judgeBegin(conditions, expected)
  const end = judgeEnd(conditions, expected)
  const restrictions = childrenOf(conditions, space.assertion, 'AudienceRestriction')
  const isOurs = (restriction: XmlElement) =>
    childrenOf(restriction, space.assertion, 'Audience').some(({ text }) => text.trim() === expected.audience)
  if (restrictions.length === 0 || !restrictions.every(isOurs)) throw invalidResponse('audience')
  return end
}

/** Whoever bears it is meant, and it was made for this place and this request (Profiles §4.1.4.3). */
function judgeSubject(subject: XmlElement, expected: Expected): number {
  const bearers = childrenOf(subject, space.assertion, 'SubjectConfirmation').filter(
    ({ attributes }) => attributes.get('Method') === named.bearer,
  )
  const [data, ...more] = bearers.flatMap((bearer) => childrenOf(bearer, space.assertion, 'SubjectConfirmationData'))
  if (data === undefined || more.length > 0) throw invalidResponse('no_bearer')
  if (data.attributes.get('Recipient') !== expected.recipient) throw invalidResponse('recipient')
  if ((data.attributes.get('InResponseTo') ?? null) !== expected.requestId) throw invalidResponse('in_response_to')
  judgeBegin(data, expected)
  return judgeEnd(data, expected)
}

function judgeBegin({ attributes }: XmlElement, { now, skew }: Expected): void {
  const begin = attributes.get('NotBefore')
  if (begin !== undefined && instantOf(begin) > now.getTime() + skew * 1000) throw invalidResponse('not_yet')
}

function judgeEnd({ attributes }: XmlElement, { now, skew }: Expected): number {
  const end = instantOf(attributes.get('NotOnOrAfter'))
  if (end + skew * 1000 <= now.getTime()) throw invalidResponse('expired')
  return end
}

const instants = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/

/** @throws Refusal where it is missing, or names no zone */
function instantOf(text: string | undefined): number {
  const at = text !== undefined && instants.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(at)) throw invalidResponse('instant')
  return at
}

/** An assertion that does not say that somebody signed in is not for signing in. */
function sessionEnd(root: XmlElement, expected: Expected): Date | null {
  const statements = childrenOf(root, space.assertion, 'AuthnStatement')
  if (statements.length === 0) throw invalidResponse('no_authentication')
  const ends = statements.flatMap(({ attributes }) => attributes.get('SessionNotOnOrAfter') ?? []).map(instantOf)
  if (ends.length === 0) return null
  const end = Math.min(...ends)
  if (end <= expected.now.getTime()) throw invalidResponse('expired')
  return new Date(end)
}

function nameIdOf(subject: XmlElement): Assertion['nameId'] {
  const [nameId, ...more] = childrenOf(subject, space.assertion, 'NameID')
  if (more.length > 0) throw invalidResponse('subject')
  if (nameId === undefined) return undefined
  // An element inside would split the name: only whole ones count.
  if (nameId.children.length > 0) throw invalidResponse('subject')
  const value = bare(nameId.text)
  return value === '' || value.length > 1_024 ? undefined : { value, format: nameId.attributes.get('Format') }
}

function attributesOf(root: XmlElement): AssertedAttribute[] {
  return childrenOf(root, space.assertion, 'AttributeStatement')
    .flatMap((statement) => childrenOf(statement, space.assertion, 'Attribute'))
    .map((attribute) => ({
      name: attribute.attributes.get('Name') ?? '',
      friendlyName: attribute.attributes.get('FriendlyName'),
      values: childrenOf(attribute, space.assertion, 'AttributeValue').map((value) =>
        bare([...everyElement(value)].map(({ text }) => text).join('')),
      ),
    }))
}

const isBlank = (character: string | undefined): boolean => character !== undefined && ' \t\r\n'.includes(character)

/** Without the whitespace of XML around it; any other belongs to a name, and makes it another one (S38). */
function bare(text: string): string {
  let [start, end] = [0, text.length]
  while (isBlank(text[start])) start += 1
  while (end > start && isBlank(text[end - 1])) end -= 1
  return text.slice(start, end)
}
