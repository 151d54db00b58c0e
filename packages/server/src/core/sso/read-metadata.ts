import { X509Certificate } from 'node:crypto'
import { Refusal } from '../../base/errors.ts'
import { named, space } from './saml-names.ts'
import { childrenOf, everyElement, metadataBounds, readXml, type XmlElement, XmlFault } from './xml.ts'

/** What an identity provider says about itself (SAML Metadata §2.4.3). */
export interface IdpMetadata {
  readonly entityId: string
  /** Where a browser brings a request. */
  readonly signInUrl: string
  /** The certificates that its signatures are checked with, as PEM. */
  readonly certificates: readonly string[]
  /** Until when it stands, and for how many seconds it may be kept. */
  readonly validUntil: Date | null
  readonly cacheSeconds: number | null
}

/** Longest document that is read. */
export const metadataBytes = 512 * 1024
const smallestKey = 2_048

/**
 * Reads the metadata of one identity provider.
 * @param isAllowed whether people may be sent to an address
 * @throws Refusal `validation_failed`, with `details.reason` saying what is wrong with it
 */
export async function readMetadata(text: string, isAllowed: (url: string) => boolean): Promise<IdpMetadata> {
  if (text.length > metadataBytes) throw fault('too_large', 'SAML Metadata is larger than 512 KiB')
  const root = await readXml(Buffer.from(text.trim()), metadataBounds).catch((error: unknown) => {
    if (!(error instanceof XmlFault)) throw error
    throw fault('xml', `SAML Metadata is not acceptable XML: ${error.message}`)
  })
  if (root.name !== 'EntityDescriptor' || root.namespace !== space.metadata)
    throw fault('not_one_entity', 'SAML Metadata must be one EntityDescriptor')
  const entityId = root.attributes.get('entityID')?.trim() ?? ''
  if (entityId === '' || entityId.length > 1_024) throw fault('no_entity_id', 'SAML Metadata does not have an EntityID')
  const [idp, ...others] = childrenOf(root, space.metadata, 'IDPSSODescriptor')
  if (idp === undefined) throw fault('no_idp', 'SAML Metadata does not contain any IDPSSODescriptor')
  if (others.length > 0) throw fault('many_idps', 'SAML Metadata contains multiple IDPSSODescriptors')
  return {
    entityId,
    signInUrl: signInUrlOf(idp, isAllowed),
    certificates: certificatesOf(idp),
    validUntil: instant(root.attributes.get('validUntil') ?? idp.attributes.get('validUntil')),
    cacheSeconds: duration(root.attributes.get('cacheDuration') ?? idp.attributes.get('cacheDuration')),
  }
}

function fault(reason: string, message: string): Refusal {
  return new Refusal('validation_failed', { message, details: { reason: `metadata_${reason}` } })
}

function signInUrlOf(idp: XmlElement, isAllowed: (url: string) => boolean): string {
  const services = childrenOf(idp, space.metadata, 'SingleSignOnService')
  const location = services.find(({ attributes }) => attributes.get('Binding') === named.redirect)
  const url = location?.attributes.get('Location') ?? ''
  if (url === '') throw fault('no_redirect', 'SAML Metadata has no SingleSignOnService with the HTTP-Redirect binding')
  if (!URL.canParse(url) || !isAllowed(url))
    throw fault('sign_in_url', 'The SingleSignOnService of the SAML Metadata must be a https address')
  return url
}

/** Those for signing, or for whatever. Their dates do not count: a provider's word is its metadata. */
function certificatesOf(idp: XmlElement): string[] {
  const keys = childrenOf(idp, space.metadata, 'KeyDescriptor').filter(
    ({ attributes }) => (attributes.get('use') ?? 'signing') === 'signing',
  )
  const found = keys
    .flatMap((key) => [...everyElement(key)])
    .filter(({ name, namespace }) => name === 'X509Certificate' && namespace === space.dsig)
    .flatMap(({ text }) => certificateOf(text))
  if (found.length === 0) throw fault('no_certificate', 'SAML Metadata has no usable signing certificate')
  return [...new Set(found)]
}

function certificateOf(text: string): string[] {
  try {
    const certificate = new X509Certificate(Buffer.from(text.replace(/\s/g, ''), 'base64'))
    const { asymmetricKeyType, asymmetricKeyDetails } = certificate.publicKey
    const isStrong = asymmetricKeyType === 'rsa' && (asymmetricKeyDetails?.modulusLength ?? 0) >= smallestKey
    return isStrong ? [certificate.toString()] : []
  } catch {
    return []
  }
}

function instant(text: string | undefined): Date | null {
  const at = text === undefined ? Number.NaN : Date.parse(text)
  return Number.isNaN(at) ? null : new Date(at)
}

/** Days, hours, minutes and seconds of a duration (XML Schema §3.2.6); years and months are as long as they like. */
function duration(text: string | undefined): number | null {
  const parts = /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9})(?:\.\d+)?S)?)?$/.exec(text ?? '')
  if (parts === null) return null
  const [days, hours, minutes, seconds] = parts.slice(1).map((part) => Number(part ?? 0))
  return ((days ?? 0) * 24 + (hours ?? 0)) * 3_600 + (minutes ?? 0) * 60 + (seconds ?? 0)
}
