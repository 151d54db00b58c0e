import type { SamlConfig } from '@node-saml/node-saml'
import { invalidResponse } from './invalid-response.ts'
import { judgeShape, type ResponseShape } from './judge-shape.ts'
import { type Assertion, type Expected, judgeEnvelope, readAssertion } from './read-assertion.ts'
import { messageBounds, readXml, type XmlElement, XmlFault } from './xml.ts'

/** Longest response that is looked at, in characters of base64. */
export const responseLength = 256 * 1024

/** What a response is verified with. */
export interface Verifying extends Omit<Expected, 'issuer'> {
  readonly entityId: string
  readonly certificates: readonly string[]
  /** Opens encrypted assertions; absent where none are accepted. */
  readonly decryptionKey: string | undefined
}

/**
 * Verifies a response and reads its one assertion from the bytes that the signature covers.
 * @param response base64 as it was posted
 * @throws Refusal `saml_assertion_invalid`, whatever was sent
 */
export async function verifyResponse(response: string, verifying: Verifying): Promise<Assertion> {
  const text = base64Of(response)
  const shape = judgeShape(await strictly(Buffer.from(text, 'base64')))
  const { entityId: issuer, ...rest } = verifying
  if (shape.isEncrypted && verifying.decryptionKey === undefined) throw invalidResponse('encrypted')
  // What was not signed is never opened: an error of ours would tell about the plain text (S84).
  if (shape.isEncrypted && !shape.isResponseSigned) throw invalidResponse('encrypted_unsigned')
  judgeEnvelope(shape.root, { ...rest, issuer })
  const verified = await verifiedAssertion(text, shape, verifying)
  return readAssertion(await strictly(Buffer.from(verified)), { ...rest, issuer })
}

/** Base64 (RFC 4648 §4), broken into lines or not. */
export function base64Of(text: string): string {
  const bare = text.replace(/[\r\n\t ]/g, '')
  const isBase64 = bare !== '' && bare.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(bare)
  if (!isBase64 || bare.length > responseLength) throw invalidResponse(isBase64 ? 'too_large' : 'not_base64')
  return bare
}

/** The document, or the refusal of it. */
export async function strictly(bytes: Uint8Array): Promise<XmlElement> {
  return readXml(bytes, messageBounds).catch((error: unknown) => {
    throw error instanceof XmlFault ? invalidResponse('xml', error) : error
  })
}

/** Checks every signature there is, and answers the assertion as it was signed. */
async function verifiedAssertion(text: string, shape: ResponseShape, verifying: Verifying): Promise<string> {
  const { SAML, ValidateInResponseTo } = await import('@node-saml/node-saml')
  const { requestId, now } = verifying
  const config: SamlConfig = {
    idpCert: [...verifying.certificates],
    issuer: verifying.audience,
    audience: verifying.audience,
    callbackUrl: verifying.recipient,
    wantAuthnResponseSigned: shape.isResponseSigned,
    wantAssertionsSigned: shape.isAssertionSigned,
    ...(verifying.decryptionKey === undefined ? {} : { decryptionPvk: verifying.decryptionKey }),
    // The clock is handed in, so times are judged in `readAssertion`.
    acceptedClockSkewMs: -1,
    validateInResponseTo: ValidateInResponseTo.ifPresent,
    requestIdExpirationPeriodMs: Number.MAX_SAFE_INTEGER,
    cacheProvider: {
      saveAsync: async () => null,
      getAsync: async (id) => (id === requestId ? now.toISOString() : null),
      removeAsync: async () => null,
    },
  }
  try {
    const { profile } = await new SAML(config).validatePostResponseAsync({ SAMLResponse: text })
    const xml = profile?.getAssertionXml?.()
    if (xml === undefined) throw invalidResponse('no_assertion')
    return xml
  } catch (error) {
    throw invalidResponse(reasonOf(error), error)
  }
}

/** What an operator is told of the library's reason: an audience is what is set wrong most often. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : ''
  if (/audience/i.test(text)) return 'audience'
  return /not a valid date/.test(text) ? 'instant' : 'signature'
}
