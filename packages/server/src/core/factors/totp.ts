/** What an authenticator app is given, once. */
export interface TotpSetup {
  /** The seed in base32, to type in by hand. */
  readonly secret: string
  /** `otpauth://totp/…` */
  readonly uri: string
  /** The same as a QR code: SVG markup. */
  readonly qr: string
}

const periodSeconds = 30
/** Steps before and after the present one that count too (RFC 6238 §5.2). */
const drift = 1
/** Bytes of a seed: 160 bits (RFC 4226 §4). */
export const seedLength = 20

/** The parameters every authenticator app knows: SHA-1, six digits, thirty seconds (RFC 6238). */
const parameters = { algorithm: 'SHA1', digits: 6, period: periodSeconds } as const

/** Loaded when first needed: most servers never are asked. */
const loadTotp = () => import('otpauth')
const loadQr = () => import('qr')

const bufferOf = (seed: Uint8Array): ArrayBuffer => new Uint8Array(seed).buffer

/** What an app needs to make codes from a seed. @param label whose account it is; @param issuer what it is for */
export async function totpSetup(
  seed: Uint8Array,
  { label, issuer }: { readonly label: string; readonly issuer: string },
): Promise<TotpSetup> {
  const [{ Secret, TOTP }, { encodeQR }] = await Promise.all([loadTotp(), loadQr()])
  const totp = new TOTP({ ...parameters, label, issuer, secret: new Secret({ buffer: bufferOf(seed) }) })
  const uri = totp.toString()
  // On a dark page a code without a ground could not be read.
  const qr = encodeQR(uri, 'svg').replace('<path', '<rect width="100%" height="100%" fill="white"/><path')
  return { secret: totp.secret.base32, uri, qr }
}

/** The time step a code belongs to, or undefined where it fits none that counts now. */
export async function totpStep(seed: Uint8Array, code: string, now: Date): Promise<number | undefined> {
  if (!/^\d{6}$/.test(code)) return undefined
  const { Secret, TOTP } = await loadTotp()
  const totp = new TOTP({ ...parameters, secret: new Secret({ buffer: bufferOf(seed) }) })
  const delta = totp.validate({ token: code, timestamp: now.getTime(), window: drift })
  return delta === null ? undefined : Math.floor(now.getTime() / 1000 / periodSeconds) + delta
}
