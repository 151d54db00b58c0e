import { sha256 } from '../../base/digest.ts'
import { hex } from '../../base/encoding.ts'
import { nameIdFormats } from './saml-names.ts'
import type { ServiceKey } from './service-key.ts'

/** Description of this server for identity providers (SAML Metadata §2.4.4); the same every time. */
export async function serviceMetadata(about: {
  readonly entityId: string
  readonly callback: string
  readonly encryptedAssertions: boolean
  readonly key: ServiceKey
  readonly validUntil?: Date
}): Promise<string> {
  const { generateServiceProviderMetadata } = await import('@node-saml/node-saml')
  const { entityId, callback, key } = about
  const xml = generateServiceProviderMetadata({
    issuer: entityId,
    callbackUrl: callback,
    identifierFormat: nameIdFormats.email,
    privateKey: key.privateKey,
    publicCerts: key.certificate,
    ...(about.encryptedAssertions ? { decryptionPvk: key.privateKey, decryptionCert: key.certificate } : {}),
    wantAssertionsSigned: true,
    generateUniqueId: () => `_${hex(sha256(`${entityId} ${callback}`)).slice(0, 40)}`,
  })
  // The library knows one format and no date.
  const both = xml.replace(
    /^( *)<NameIDFormat>.*<\/NameIDFormat>$/m,
    (line, indent) => `${line}\n${indent}<NameIDFormat>${nameIdFormats.persistent}</NameIDFormat>`,
  )
  const { validUntil } = about
  return validUntil === undefined
    ? both
    : both.replace('<EntityDescriptor ', `<EntityDescriptor validUntil="${validUntil.toISOString()}" `)
}
