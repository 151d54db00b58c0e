import { randomUUID } from 'node:crypto'
import { createRequire } from 'node:module'
import { bareCertificate, type CertifiedKey } from './key-pair.ts'

/** Its own types would bring those of browsers into every file of ours. */
interface Signer {
  addReference(reference: {
    readonly xpath: string
    readonly digestAlgorithm: string
    readonly transforms: string[]
  }): void
  computeSignature(
    document: string,
    how: { readonly prefix: string; readonly location: { readonly reference: string; readonly action: 'after' } },
  ): void
  getSignedXml(): string
}
const require = createRequire(import.meta.url)
const { SignedXml } = require('xml-crypto') as {
  readonly SignedXml: new (options: {
    readonly privateKey: string
    readonly signatureAlgorithm: string
    readonly canonicalizationAlgorithm: string
    readonly publicCert?: string
  }) => Signer
}

/** What a response says. Everything may be said otherwise. */
export interface Said {
  readonly issuer: string
  readonly audience: string | null
  readonly recipient: string
  readonly destination: string | null
  readonly requestId: string | null
  readonly responseTo: string | null
  readonly nameId: string
  readonly nameIdFormat: string
  readonly mail: string
  readonly notBefore: string | null
  readonly notOnOrAfter: string | null
  readonly confirmedUntil: string | null
  readonly method: string
  readonly status: string
  readonly assertionId: string
  readonly responseId: string
  /** Markup in front of the attributes, and after the assertion. */
  readonly statement: string
  readonly more: string
  readonly version: string
}

/** How something is signed. */
export interface Signing {
  readonly signature?: string
  readonly digest?: string
  readonly canonical?: string
  readonly transforms?: readonly string[]
  /** Whether the certificate stands beside it. */
  readonly keyInfo?: boolean
}

/** Names that signatures use. */
export const xml = {
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  success: 'urn:oasis:names:tc:SAML:2.0:status:Success',
  bearer: 'urn:oasis:names:tc:SAML:2.0:cm:bearer',
  persistent: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent',
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  enveloped: 'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
  sha256: 'http://www.w3.org/2001/04/xmlenc#sha256',
  rsaSha256: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
} as const

/** Metadata of an identity provider that exists on paper alone. */
export function paperMetadata(
  entityId: string,
  key: Pick<CertifiedKey, 'certificate'>,
  more: { readonly signIn?: string } = {},
): string {
  const { signIn = 'https://idp.example.test/sso' } = more
  return `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${entityId}">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>
<ds:X509Certificate>${bareCertificate(key.certificate)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>
<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${signIn}"/>
</IDPSSODescriptor></EntityDescriptor>`
}

const attribute = (name: string, value: string | null) => (value === null ? '' : ` ${name}="${value}"`)

/** An assertion that nobody has signed. */
export function assertionOf(said: Said): string {
  const audience =
    said.audience === null
      ? ''
      : `<saml:AudienceRestriction><saml:Audience>${said.audience}</saml:Audience></saml:AudienceRestriction>`
  return (
    `<saml:Assertion xmlns:saml="${xml.assertion}" ID="${said.assertionId}" Version="${said.version}" IssueInstant="${new Date().toISOString()}">` +
    `<saml:Issuer>${said.issuer}</saml:Issuer><saml:Subject><saml:NameID Format="${said.nameIdFormat}">${said.nameId}</saml:NameID>` +
    `<saml:SubjectConfirmation Method="${said.method}"><saml:SubjectConfirmationData Recipient="${said.recipient}"` +
    `${attribute('NotOnOrAfter', said.confirmedUntil)}${attribute('InResponseTo', said.requestId)}/></saml:SubjectConfirmation></saml:Subject>` +
    `<saml:Conditions${attribute('NotBefore', said.notBefore)}${attribute('NotOnOrAfter', said.notOnOrAfter)}>${audience}</saml:Conditions>` +
    `${said.statement}<saml:AttributeStatement><saml:Attribute Name="mail"><saml:AttributeValue>${said.mail}</saml:AttributeValue>` +
    '</saml:Attribute></saml:AttributeStatement></saml:Assertion>'
  )
}

/** A response around something. */
export function responseOf(said: Said, inside: string): string {
  return (
    `<samlp:Response xmlns:samlp="${xml.protocol}" ID="${said.responseId}" Version="${said.version}" IssueInstant="${new Date().toISOString()}"` +
    `${attribute('Destination', said.destination)}${attribute('InResponseTo', said.responseTo)}>` +
    `<saml:Issuer xmlns:saml="${xml.assertion}">${said.issuer}</saml:Issuer>` +
    `<samlp:Status><samlp:StatusCode Value="${said.status}"/></samlp:Status>${inside}${said.more}</samlp:Response>`
  )
}

/** Signs the element of that id, as identity providers do: behind its issuer. */
export function signed(document: string, id: string, key: CertifiedKey, how: Signing = {}): string {
  const signer = new SignedXml({
    privateKey: key.privateKey,
    signatureAlgorithm: how.signature ?? xml.rsaSha256,
    canonicalizationAlgorithm: how.canonical ?? xml.exclusive,
    ...(how.keyInfo === false ? {} : { publicCert: key.certificate }),
  })
  const at = `//*[@ID='${id}']`
  signer.addReference({
    xpath: at,
    digestAlgorithm: how.digest ?? xml.sha256,
    transforms: [...(how.transforms ?? [xml.enveloped, xml.exclusive])],
  })
  signer.computeSignature(document, {
    prefix: 'ds',
    location: { reference: `${at}/*[local-name(.)='Issuer']`, action: 'after' },
  })
  return signer.getSignedXml()
}

const statement =
  `<saml:AuthnStatement AuthnInstant="2024-01-01T00:00:00Z"><saml:AuthnContext><saml:AuthnContextClassRef>` +
  'urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>'

/** What an honest provider says. */
export function honest(
  at: {
    readonly issuer: string
    readonly audience: string
    readonly recipient: string
    readonly requestId: string | null
  },
  change: Partial<Said> = {},
): Said {
  const soon = new Date(Date.now() + 300_000).toISOString()
  return {
    issuer: at.issuer,
    audience: at.audience,
    recipient: at.recipient,
    destination: at.recipient,
    requestId: at.requestId,
    responseTo: at.requestId,
    nameId: `person-${randomUUID()}`,
    nameIdFormat: xml.persistent,
    mail: `${randomUUID()}@acme.test`,
    notBefore: new Date(Date.now() - 5_000).toISOString(),
    notOnOrAfter: soon,
    confirmedUntil: soon,
    method: xml.bearer,
    status: xml.success,
    assertionId: `_${randomUUID()}`,
    responseId: `_${randomUUID()}`,
    statement,
    more: '',
    version: '2.0',
    ...change,
  }
}
