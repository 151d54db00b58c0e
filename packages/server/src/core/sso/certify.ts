import { createPublicKey, type KeyObject, sign } from 'node:crypto'

const sha256WithRsa = '1.2.840.113549.1.1.11'
const commonName = '2.5.4.3'

/** A certificate (RFC 5280) that vouches for itself: identity providers look at the key in it and at nothing else. */
export async function certify(key: KeyObject, host: string): Promise<string> {
  const { AsnConvert } = await import('@peculiar/asn1-schema')
  const x509 = await import('@peculiar/asn1-x509')
  const algorithm = new x509.AlgorithmIdentifier({ algorithm: sha256WithRsa, parameters: null })
  const label = `SAML 2.0 Certificate for ${host}`.slice(0, 64)
  const name = new x509.Name([
    new x509.RelativeDistinguishedName([
      new x509.AttributeTypeAndValue({ type: commonName, value: new x509.AttributeValue({ utf8String: label }) }),
    ]),
  ])
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  const body = new x509.TBSCertificate({
    version: x509.Version.v3,
    serialNumber: Uint8Array.of(1).buffer,
    signature: algorithm,
    issuer: name,
    subject: name,
    validity: new x509.Validity({
      notBefore: new Date('2020-01-01T00:00:00Z'),
      notAfter: new Date('2120-01-01T00:00:00Z'),
    }),
    subjectPublicKeyInfo: AsnConvert.parse(spki, x509.SubjectPublicKeyInfo),
  })
  const signed = sign('sha256', Buffer.from(AsnConvert.serialize(body)), key)
  const certificate = new x509.Certificate({
    tbsCertificate: body,
    signatureAlgorithm: algorithm,
    signatureValue: new Uint8Array(signed).buffer,
  })
  const lines =
    Buffer.from(AsnConvert.serialize(certificate))
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
