import type { Inside } from '../inside.ts'
import { addressOf } from '../request/request.ts'

/** Which organisation: by one of its domains, by an address below it, or by the id of its provider. */
export type Organisation = { readonly domain: string } | { readonly email: string } | { readonly providerId: string }

/** Where an organisation is asked. @param inWindow what comes back does so in a second window */
export async function ssoAddress(
  { withWayBack, origin }: Inside,
  organisation: Organisation,
  input: { readonly redirectTo?: string },
  inWindow = false,
): Promise<string> {
  const asked = await withWayBack(input, inWindow)
  return addressOf(origin, { path: '/sign-in/sso', query: { ...asked, ...nameOf(organisation) } })
}

function nameOf(organisation: Organisation): Record<string, string> {
  if (!('email' in organisation)) return { ...organisation }
  const domain = organisation.email.split('@').at(-1) ?? ''
  if (domain === '' || !organisation.email.includes('@')) throw new TypeError('This is no e-mail address.')
  return { domain }
}
