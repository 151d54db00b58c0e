import type { Outbound } from '../../base/outbound.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Vault } from '../vault/vault.ts'
import type { CaptchaPlace } from './captcha-places.ts'

/** What a vendor makes of a solution. */
export type Verdict =
  | {
      readonly kind: 'solved'
      /** The site it was solved on, where the vendor knows. */
      readonly hostname?: string
      /** What it was solved for, where the page has said so. */
      readonly action?: string
      /** How likely a person is, from 0 to 1, where the vendor says so. */
      readonly score?: number
      /** What is used up by it, and until when it could be used again; default the solution itself. Only for a challenge of our own. */
      readonly spends?: { readonly what: string; readonly until: Date }
    }
  | { readonly kind: 'unsolved'; readonly codes: readonly string[] }

/** A solution as it came in. */
export interface Solution {
  readonly token: string
  /** Who brought it. */
  readonly ip: string | null
}

/** Asks a vendor. */
export interface CaptchaJudge {
  /** @throws CaptchaFault when there is no verdict */
  judge(solution: Solution): Promise<Verdict>
  /** Makes a challenge, where that is ours to do. */
  challenge?(place: CaptchaPlace | undefined): Challenge
}

/** What a browser has to solve. */
export interface Challenge {
  readonly parameters: ChallengeParameters
  readonly signature: string
}

/** What a challenge is made of; all of it is signed. Bytes are lower-case hexadecimal. */
export interface ChallengeParameters {
  readonly algorithm: string
  /** Work of one try. */
  readonly cost: number
  readonly data?: { readonly for: CaptchaPlace }
  /** Seconds since 1970. */
  readonly expiresAt: number
  readonly keyLength: number
  readonly keyPrefix: string
  readonly nonce: string
  readonly salt: string
}

/** What somebody works with who needs no account elsewhere. */
export interface OwnNeeds {
  readonly vault: Pick<Vault, 'mac'>
  readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>
  /** Work of one try. */
  readonly work: number
}

/** What a vendor works with. */
export interface VendorNeeds {
  /** Public; names the site there. Empty where none is set. */
  readonly siteKey: string
  readonly secret: string
  /** Where it is asked; default its public address. No slash at the end. */
  readonly url?: string | undefined
  readonly outbound: Outbound
  readonly own: OwnNeeds
}

/** Somebody who can tell people from programs: what it is called and how it is asked. To add one, write one such file. */
export interface CaptchaVendor<Id extends string = string> {
  /** The value of `captcha.provider`. */
  readonly id: Id
  readonly name: string
  /** Whether it is this server itself, without an account anywhere. */
  readonly own?: true
  create(needs: VendorNeeds): CaptchaJudge
}

/** Why there is no verdict: nobody answered, or nothing that could be understood. */
export class CaptchaFault extends Error {
  override readonly name = 'CaptchaFault'
  readonly reason: string

  constructor(reason: string, cause?: unknown) {
    super(`the captcha could not be verified: ${reason}`, cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}
