import type { Json } from '../api/types.ts'
import { AuthError } from '../base/auth-error.ts'
import { fromBase64url, toBase64url } from '../base/encoding.ts'

/** How the browser asks: with a dialogue, or quietly beside what the page does (`mediation`, Credential Management §2.3.2). */
export interface Asking {
  readonly mode: 'create' | 'get'
  /** Options in their JSON form (WebAuthn Level 3 §5.1). */
  readonly publicKey: Json
  readonly mediation?: 'conditional' | undefined
  readonly signal?: AbortSignal | undefined
}

/** Whether this browser knows passkeys at all. */
export const isSupported = (): boolean => typeof PublicKeyCredential === 'function'

/**
 * Asks the browser, and answers in the JSON form that servers read (§5.5).
 * @throws AuthError `passkey_unsupported`, `passkey_cancelled`, `passkey_known` where this authenticator has one already
 */
export async function ask({ mode, publicKey, mediation, signal }: Asking): Promise<Json> {
  if (!isSupported()) throw fault('passkey_unsupported')
  const more = { ...(signal && { signal }), ...(mediation && { mediation }) }
  const options = { publicKey: read(publicKey), ...more }
  try {
    const made = await navigator.credentials[mode](options as CredentialCreationOptions & CredentialRequestOptions)
    if (made === null) throw fault('passkey_cancelled')
    return written(made as PublicKeyCredential)
  } catch (error) {
    throw faultOf(error)
  }
}

type Fault = 'passkey_cancelled' | 'passkey_known' | 'passkey_unsupported'

const sentences: Readonly<Record<Fault, string>> = {
  passkey_cancelled: 'The passkey was not used. Please try again.',
  passkey_known: 'There is a passkey for this account on this device already.',
  passkey_unsupported: 'This browser or device cannot use such a passkey.',
}

const fault = (code: Fault, cause?: unknown) => new AuthError(code, { message: sentences[code], cause })

const names: Readonly<Record<string, Fault>> = {
  NotAllowedError: 'passkey_cancelled',
  AbortError: 'passkey_cancelled',
  InvalidStateError: 'passkey_known',
  NotSupportedError: 'passkey_unsupported',
  ConstraintError: 'passkey_unsupported',
}

function faultOf(error: unknown): unknown {
  const code = error instanceof DOMException ? names[error.name] : undefined
  return code === undefined ? error : fault(code, error)
}

type Descriptor = Json & { readonly id: string }

// Done by hand: browsers before 2025 have no `parseCreationOptionsFromJSON`.
function read(options: Json): object {
  const { challenge, user, excludeCredentials, allowCredentials } = options as {
    challenge: string
    user?: Json & { id: string }
    excludeCredentials?: readonly Descriptor[]
    allowCredentials?: readonly Descriptor[]
  }
  return {
    ...options,
    challenge: fromBase64url(challenge),
    ...(user && { user: { ...user, id: fromBase64url(user.id) } }),
    ...(excludeCredentials && { excludeCredentials: excludeCredentials.map(described) }),
    ...(allowCredentials && { allowCredentials: allowCredentials.map(described) }),
  }
}

const described = (descriptor: Descriptor) => ({ ...descriptor, id: fromBase64url(descriptor.id) })

const text = (buffer: ArrayBuffer): string => toBase64url(new Uint8Array(buffer))

function written(made: PublicKeyCredential): Json {
  const { clientDataJSON } = made.response
  const base = {
    id: made.id,
    rawId: text(made.rawId),
    type: made.type,
    authenticatorAttachment: made.authenticatorAttachment ?? undefined,
    clientExtensionResults: made.getClientExtensionResults(),
  }
  if ('attestationObject' in made.response) {
    const { attestationObject, getTransports } = made.response as AuthenticatorAttestationResponse
    const transports = getTransports?.call(made.response) ?? []
    const response = { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject), transports }
    return { ...base, response }
  }
  const { authenticatorData, signature, userHandle } = made.response as AuthenticatorAssertionResponse
  const response = {
    clientDataJSON: text(clientDataJSON),
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    ...(userHandle && { userHandle: text(userHandle) }),
  }
  return { ...base, response }
}
