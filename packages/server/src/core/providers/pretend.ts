import { Refusal } from '../../base/errors.ts'
import type { Settings } from '../settings/settings.ts'
import type { Vault } from '../vault/vault.ts'
import { record, standardProfile, text } from './facts.ts'
import type { SetProvider, SignedInThere } from './providers.ts'

/** Where the page of the pretended providers stands. */
export const pretendPath = '/pretend'

/** The page at which somebody signs in at a provider that is only pretended. */
export function pretendUrl(
  { publicUrl }: Pick<Settings, 'publicUrl'>,
  asked: { readonly provider: string; readonly state: string; readonly callback: string },
): string {
  return `${publicUrl}${pretendPath}?${new URLSearchParams(asked)}`
}

const contextOf = (state: string): string => `pretended sign-in ${state}`

/** The code a pretended provider hands out: what was typed, sealed for the sign-in it belongs to. */
export function pretendCode(
  { vault }: { readonly vault: Vault },
  state: string,
  person: { readonly email: string; readonly name: string },
): string {
  return vault.seal(JSON.stringify(person), contextOf(state)).toString('base64url')
}

/** Who signed in at a pretended provider. @throws Refusal `access_denied`, `provider_failed` */
export function readPretence(
  { vault }: { readonly vault: Vault },
  came: { readonly at: SetProvider; readonly state: string; readonly params: Readonly<Record<string, string>> },
): SignedInThere {
  const { code, error } = came.params
  if (error !== undefined)
    throw new Refusal('access_denied', {
      details: { reason: 'provider', error: 'access_denied', description: 'Cancelled' },
    })
  const person = opened(vault, code ?? '', contextOf(came.state))
  const email = text(person, 'email')?.toLowerCase() ?? ''
  const { provider, settings } = came.at
  const [issuer, emailVerified] = [`pretended ${provider.id}`, settings.trustEmail]
  const profile = standardProfile({ sub: `pretended-${email}`, email, name: text(person, 'name') ?? undefined })
  const { subject, name = null } = profile
  const data = {
    iss: issuer,
    sub: subject,
    provider_id: subject,
    email,
    email_verified: emailVerified,
    phone_verified: false,
  }
  return {
    profile: {
      subject,
      email,
      emailVerified,
      name,
      avatarUrl: null,
      data: name === null ? data : { ...data, name, full_name: name },
    },
    tokens: { accessToken: 'pretended', refreshToken: null, idToken: null, scopes: [], expiresAt: null },
  }
}

function opened(vault: Vault, code: string, context: string) {
  try {
    return record(JSON.parse(vault.open(Buffer.from(code, 'base64url'), context).toString('utf8')))
  } catch (error) {
    throw new Refusal('provider_failed', { details: { reason: 'pretended_code' }, cause: error })
  }
}
