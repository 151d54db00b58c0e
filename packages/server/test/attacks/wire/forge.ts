import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

export type Claims = Readonly<Record<string, unknown>>

const encoded = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** Header and claims of a token, unverified. */
export function read(token: string): { readonly header: Claims; readonly claims: Claims; readonly signature: string } {
  const [header = '', claims = '', signature = ''] = token.split('.')
  const decoded = (part: string) => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Claims
  return { header: decoded(header), claims: decoded(claims), signature }
}

/** Puts a token together. @param header and claims objects, or the JSON text itself. @param signWith makes the signature */
export function forge(
  header: Claims | string,
  claims: Claims | string,
  signWith: (input: string) => Uint8Array | string = () => '',
): string {
  const input = `${encoded(header)}.${encoded(claims)}`
  const signature = signWith(input)
  return `${input}.${typeof signature === 'string' ? signature : Buffer.from(signature).toString('base64url')}`
}

export const hs256 =
  (secret: string | Uint8Array) =>
  (input: string): Uint8Array =>
    createHmac('sha256', secret).update(input).digest()

export const es256 =
  (key: KeyObject) =>
  (input: string): Uint8Array =>
    sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })

export const rs256 =
  (key: KeyObject) =>
  (input: string): Uint8Array =>
    sign('sha256', Buffer.from(input), key)

/** A P-256 key pair that the server has never seen. */
export const strangerKeys = () => generateKeyPairSync('ec', { namedCurve: 'P-256' })
