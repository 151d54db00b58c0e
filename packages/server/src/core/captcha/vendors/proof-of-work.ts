import { pbkdf2 } from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'
import { sameBytes } from '../../../base/digest.ts'
import { later, minute, unixSeconds } from '../../../base/duration.ts'
import { hex } from '../../../base/encoding.ts'
import { type CaptchaPlace, captchaPlaces } from '../captcha-places.ts'
import type { CaptchaVendor, Challenge, ChallengeParameters, OwnNeeds, Verdict } from '../captcha-vendor.ts'

const derive = promisify(pbkdf2)

/** How long a challenge may be solved. */
const life = 5 * minute
const algorithm = 'PBKDF2/SHA-256'
const keyLength = 32
/** What the derived key has to begin with: one try in 256 succeeds. */
const keyPrefix = '00'

const bytesInHex = (count: number) => z.string().regex(new RegExp(`^[0-9a-f]{${2 * count}}$`))

/** What a browser hands on: the challenge as it came, and what it found. */
const payload = z.object({
  challenge: z.object({
    parameters: z.strictObject({
      algorithm: z.literal(algorithm),
      cost: z.int().min(1).max(1_000_000),
      data: z.strictObject({ for: z.enum(captchaPlaces) }).optional(),
      expiresAt: z.int().min(0),
      keyLength: z.literal(keyLength),
      keyPrefix: z.literal(keyPrefix),
      nonce: bytesInHex(16),
      salt: bytesInHex(16),
    }),
    signature: bytesInHex(32),
  }),
  solution: z.object({ counter: z.int().min(0).max(0xffff_ffff), derivedKey: bytesInHex(keyLength) }),
})

/**
 * A challenge of our own: a browser looks for a number until a derived key begins as it should, which takes it a while and us
 * one try. In the form of ALTCHA's second protocol, so that its widget solves it. Nothing is stored before it is solved.
 */
export const proofOfWork: CaptchaVendor<'proof_of_work'> = {
  id: 'proof_of_work',
  name: 'proof of work',
  own: true,
  create: ({ own }) => ({
    judge: ({ token }) => judge(own, token),
    challenge: (place) => challenge(own, place),
  }),
}

function challenge(own: OwnNeeds, place: CaptchaPlace | undefined): Challenge {
  const { runtime, work } = own
  const parameters: ChallengeParameters = {
    algorithm,
    cost: work,
    ...(place === undefined ? {} : { data: { for: place } }),
    expiresAt: unixSeconds(later(runtime.now(), life)),
    keyLength,
    keyPrefix,
    nonce: hex(runtime.randomBytes(16)),
    salt: hex(runtime.randomBytes(16)),
  }
  return { parameters, signature: hex(sign(own, parameters)) }
}

/** Over every field in a fixed order, so that what was read is what was signed. */
function sign({ vault }: OwnNeeds, parameters: ChallengeParameters): Buffer {
  const { cost, data, expiresAt, nonce, salt } = parameters
  return vault.mac('captcha', algorithm, String(cost), data?.for ?? '', String(expiresAt), nonce, salt)
}

const unsolved: Verdict = { kind: 'unsolved', codes: ['invalid-input-response'] }

async function judge(own: OwnNeeds, token: string): Promise<Verdict> {
  const read = payload.safeParse(readToken(token))
  if (!read.success) return unsolved
  const { challenge: given, solution } = read.data
  const { data, ...rest } = given.parameters
  const parameters: ChallengeParameters = { ...rest, ...(data === undefined ? {} : { data }) }
  if (!sameBytes(sign(own, parameters), Buffer.from(given.signature, 'hex'))) return unsolved
  if (parameters.expiresAt <= unixSeconds(own.runtime.now()))
    return { kind: 'unsolved', codes: ['timeout-or-duplicate'] }
  if (!(await isSolved(parameters, solution))) return unsolved
  return {
    kind: 'solved',
    // Whatever number was found, and however it is written down: the challenge is what counts once.
    spends: { what: `proof of work ${parameters.nonce}`, until: new Date((parameters.expiresAt + minute) * 1000) },
    ...(data === undefined ? {} : { action: data.for }),
  }
}

function readToken(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token, 'base64').toString('utf8'))
  } catch {
    return undefined
  }
}

async function isSolved(
  { nonce, salt, cost }: ChallengeParameters,
  { counter, derivedKey }: { readonly counter: number; readonly derivedKey: string },
): Promise<boolean> {
  if (!derivedKey.startsWith(keyPrefix)) return false
  const password = Buffer.alloc(20)
  password.write(nonce, 'hex')
  password.writeUInt32BE(counter, 16)
  const key = await derive(password, Buffer.from(salt, 'hex'), cost, keyLength, 'sha256')
  return sameBytes(key, Buffer.from(derivedKey, 'hex'))
}
