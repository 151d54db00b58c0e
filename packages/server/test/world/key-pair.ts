import { generateKeyPairSync } from 'node:crypto'
import { certify } from '#src/core/sso/certify.ts'

/** An RSA key and a certificate for it, both PEM. */
export interface CertifiedKey {
  readonly privateKey: string
  readonly certificate: string
}

/** A new one. */
export async function certifiedKey(bits = 2_048): Promise<CertifiedKey> {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  return {
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: await certify(privateKey, 'idp.example.test'),
  }
}

/** What stands between the lines of a PEM. */
export function bareCertificate(pem: string): string {
  return pem.replace(/-----[A-Z ]+-----/g, '').replace(/\s/g, '')
}
