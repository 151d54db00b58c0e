import { describe, expect, it } from 'vitest'
import { profileOfAssertion } from './profile-of-assertion.ts'
import type { Assertion } from './read-assertion.ts'
import { nameIdFormats } from './saml-names.ts'

const at = { attributeMapping: {}, domains: ['acme.test'], entityId: 'https://idp.acme.test' }
const readAddress = (text: string) => (text.includes('@') ? text.toLowerCase() : undefined)
const assertion = (more: Partial<Assertion> = {}): Assertion => ({
  id: '_1',
  nameId: { value: 'Person', format: nameIdFormats.persistent },
  attributes: [{ name: 'mail', friendlyName: undefined, values: ['Jo@Acme.test'] }],
  expiresAt: new Date(0),
  sessionEndsAt: null,
  ...more,
})
const profileOf = (more: Partial<Assertion> = {}, provider: Partial<typeof at> & object = {}) =>
  profileOfAssertion({ ...at, ...provider }, assertion(more), readAddress)
const attribute = (name: string, ...values: string[]) => ({ name, friendlyName: undefined, values })

describe('profileOfAssertion', () => {
  it('takes the subject identifier before the NameID, which alone counts as it is written', () => {
    expect(profileOf().subject).toBe('Person')
    const id = attribute('urn:oasis:names:tc:SAML:attribute:subject-id', 'ABC@acme.test')
    expect(profileOf({ attributes: [...assertion().attributes, id] }).subject).toBe('abc@acme.test')
    expect(profileOf({ nameId: { value: 'Jo@Acme.test', format: nameIdFormats.email } }).subject).toBe('jo@acme.test')
  })

  it('S38: never takes a part of an identifier for the whole', () => {
    const named = (value: string) => {
      const id = attribute('urn:oasis:names:tc:SAML:attribute:subject-id', value)
      return profileOf({ attributes: [...assertion().attributes, id] })
    }
    expect(named('a'.repeat(512)).subject).toHaveLength(512)
    expect(() => named(`${'a'.repeat(512)}@acme.test`)).toThrowError(
      expect.objectContaining({ details: { reason: 'no_user_id' } }),
    )
  })

  it('refuses whom nothing names for good', () => {
    for (const nameId of [undefined, { value: 'x', format: nameIdFormats.transient }])
      expect(() => profileOf({ nameId })).toThrowError(expect.objectContaining({ details: { reason: 'no_user_id' } }))
  })

  it('finds the address under its usual names, in the NameID, or where the mapping says', () => {
    const none = { attributes: [] }
    expect(() => profileOf(none)).toThrowError(expect.objectContaining({ details: { reason: 'no_email' } }))
    for (const format of [nameIdFormats.email, nameIdFormats.unspecified, undefined])
      expect(profileOf({ ...none, nameId: { value: 'jo@acme.test', format } }).email).toBe('jo@acme.test')
    const claim = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress'
    expect(profileOf({ attributes: [attribute(claim, 'a@acme.test')] }).email).toBe('a@acme.test')
    const mapped = { attributeMapping: { email: { name: 'upn' } } }
    const attributes = [attribute('UPN', 'upn@acme.test'), attribute('mail', 'mail@acme.test')]
    expect(profileOf({ attributes }, mapped).email).toBe('upn@acme.test')
  })

  it('believes an address in the domains of the provider alone', () => {
    expect(profileOf()).toMatchObject({ email: 'jo@acme.test', emailVerified: true })
    for (const mail of ['jo@other.test', 'jo@sub.acme.test', 'jo@notacme.test', 'jo@acme.test.evil.test'])
      expect(profileOf({ attributes: [attribute('mail', mail)] }).emailVerified).toBe(false)
  })

  it('fills claims as the mapping says, and never those that are ours', () => {
    const attributeMapping = {
      name: { names: ['cn', 'displayName'] },
      groups: { name: 'groups', array: true },
      plan: { default: 'pro' },
      gone: { name: 'nothing' },
      sub: { default: 'evil' },
      email_verified: { default: true },
    }
    const attributes = [
      attribute('mail', 'x@other.test'),
      attribute('displayName', 'Jo'),
      attribute('groups', 'a', 'b'),
    ]
    const { data, name } = profileOf({ attributes }, { attributeMapping })
    expect(name).toBe('Jo')
    expect(data).toMatchObject({ name: 'Jo', sub: 'Person', email_verified: false, iss: at.entityId })
    expect(data['custom_claims']).toMatchObject({ groups: ['a', 'b'], plan: 'pro' })
    expect(data['custom_claims']).not.toHaveProperty('gone')
  })
})
