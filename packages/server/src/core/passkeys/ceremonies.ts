import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import { Refusal } from '../../base/errors.ts'
import type { JsonObject } from '../users/user.ts'
import type { RelyingParty } from './relying-party.ts'

/** A credential as it is stored, without its secret half, which never leaves its authenticator. */
export interface Credential {
  readonly id: Uint8Array
  readonly publicKey: Uint8Array
  readonly signCount: number
  readonly transports: readonly string[]
}

/** A credential that was just made. */
export interface NewCredential extends Credential {
  readonly aaguid: string | null
  readonly backupEligible: boolean
  readonly backedUp: boolean
  readonly userVerified: boolean
}

/** What an assertion proves. */
export interface Assertion {
  readonly signCount: number
  readonly userVerified: boolean
  readonly backedUp: boolean
}

/** Milliseconds a browser waits for its person. */
const timeout = 300_000
/** ES256, EdDSA, RS256: every authenticator in use speaks one of them. */
const algorithms = [-7, -8, -257]
const longestId = 1_023

// Loaded with the first ceremony: a server without passkeys stays small.
const library = () => import('@simplewebauthn/server')

/** A fault of the browser's answer, of whatever kind: which one is nobody's business but the log's. */
function failed(cause: unknown): never {
  throw cause instanceof Refusal ? cause : new Refusal('webauthn_verification_failed', { cause })
}

/** The user handle: the id as its text, so that clients of every kind read it the same. */
export function userHandleOf(userId: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(userId))
}

/** The user id in a user handle; some clients decode the text they were given before they hand it on. */
export function userIdIn(handle: string | null | undefined): string | undefined {
  if (handle == null || handle === '') return undefined
  const decoded = Buffer.from(handle, 'base64url')
  const text = decoded.toString()
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : decoded.toString('base64url')
}

/** What a browser is asked to make a credential with (WebAuthn Level 3 §5.4). */
export async function creationOptions(
  party: RelyingParty,
  input: {
    readonly challenge: Uint8Array
    readonly user: { readonly id: string; readonly name: string; readonly displayName: string }
    readonly exclude: readonly Pick<Credential, 'id' | 'transports'>[]
    readonly residentKey: 'required' | 'preferred'
  },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { generateRegistrationOptions } = await library()
  const { challenge, user, exclude, residentKey } = input
  return generateRegistrationOptions({
    rpName: party.name,
    rpID: party.id,
    challenge: new Uint8Array(challenge),
    userID: userHandleOf(user.id),
    userName: user.name,
    userDisplayName: user.displayName,
    attestationType: 'none',
    timeout,
    authenticatorSelection: { residentKey, userVerification: 'preferred' },
    excludeCredentials: exclude.map(descriptorOf),
    supportedAlgorithmIDs: algorithms,
  })
}

/** What a browser is asked to prove a credential with; an empty list lets the person choose (§5.5). */
export async function requestOptions(
  party: RelyingParty,
  input: { readonly challenge: Uint8Array; readonly allow: readonly Pick<Credential, 'id' | 'transports'>[] },
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await library()
  return generateAuthenticationOptions({
    rpID: party.id,
    challenge: new Uint8Array(input.challenge),
    timeout,
    userVerification: 'preferred',
    ...(input.allow.length === 0 ? {} : { allowCredentials: input.allow.map(descriptorOf) }),
  })
}

const descriptorOf = ({ id, transports }: Pick<Credential, 'id' | 'transports'>) => ({
  id: Buffer.from(id).toString('base64url'),
  transports: [...transports],
})

/** The origin an answer says it was made on, if ceremonies count there. The library then holds the answer to it. */
function originOf(party: RelyingParty, credential: JsonObject): string {
  const { clientDataJSON } = (credential['response'] ?? {}) as JsonObject
  if (typeof clientDataJSON !== 'string') throw new Refusal('webauthn_verification_failed')
  const { origin, crossOrigin } = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString()) as JsonObject
  if (typeof origin !== 'string' || !party.allows(origin) || crossOrigin === true)
    throw new Refusal('webauthn_verification_failed', { details: { reason: 'origin' } })
  return origin
}

/**
 * Judges the answer to {@link creationOptions} (§7.1). Attestation is not asked for: `none` is as good as any.
 * @throws Refusal `webauthn_verification_failed`
 */
export async function readRegistration(
  party: RelyingParty,
  input: { readonly credential: JsonObject; readonly challenge: string },
): Promise<NewCredential> {
  const { verifyRegistrationResponse } = await library()
  try {
    const verified = await verifyRegistrationResponse({
      response: shaped(input.credential) as unknown as RegistrationResponseJSON,
      expectedChallenge: input.challenge,
      expectedOrigin: originOf(party, input.credential),
      expectedRPID: party.id,
      requireUserVerification: false,
      supportedAlgorithmIDs: algorithms,
    })
    if (!verified.verified) throw new Refusal('webauthn_verification_failed')
    const { credential, aaguid, userVerified, credentialDeviceType, credentialBackedUp } = verified.registrationInfo
    const id = Buffer.from(credential.id, 'base64url')
    if (id.length === 0 || id.length > longestId) throw new Refusal('webauthn_verification_failed')
    const backupEligible = credentialDeviceType === 'multiDevice'
    if (credentialBackedUp && !backupEligible) throw new Refusal('webauthn_verification_failed')
    return {
      id,
      publicKey: credential.publicKey,
      signCount: credential.counter,
      transports: (credential.transports ?? []).slice(0, 8).map((each) => String(each).slice(0, 32)),
      aaguid: /^0[0-]+$/.test(aaguid) ? null : aaguid,
      backupEligible,
      backedUp: credentialBackedUp,
      userVerified,
    }
  } catch (error) {
    return failed(error)
  }
}

/**
 * Judges the answer to {@link requestOptions} against a stored credential (§7.2). A counter that did not grow is refused.
 * @throws Refusal `webauthn_verification_failed`
 */
export async function readAssertion(
  party: RelyingParty,
  input: { readonly credential: JsonObject; readonly challenge: string; readonly stored: Credential },
): Promise<Assertion> {
  const { verifyAuthenticationResponse } = await library()
  const { credential, challenge, stored } = input
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: shaped(credential) as unknown as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: originOf(party, credential),
      expectedRPID: party.id,
      requireUserVerification: false,
      credential: {
        id: Buffer.from(stored.id).toString('base64url'),
        publicKey: new Uint8Array(stored.publicKey),
        counter: stored.signCount,
      },
    })
    if (!verified) throw new Refusal('webauthn_verification_failed')
    const { newCounter, userVerified, credentialBackedUp } = authenticationInfo
    return { signCount: newCounter, userVerified, backedUp: credentialBackedUp }
  } catch (error) {
    return failed(error)
  }
}

/** Some browsers leave the results of extensions out, or say `null` where there is nothing to say. */
function shaped(credential: JsonObject): JsonObject {
  const { authenticatorAttachment, ...rest } = credential
  return {
    clientExtensionResults: {},
    ...rest,
    ...(authenticatorAttachment == null ? {} : { authenticatorAttachment }),
  }
}

/** The id a browser's answer names, as bytes; undefined for what is no id. */
export function credentialIdIn(credential: JsonObject): Uint8Array | undefined {
  const { id } = credential
  if (typeof id !== 'string' || !/^[A-Za-z0-9_-]{1,1400}$/.test(id)) return undefined
  return Buffer.from(id, 'base64url')
}
