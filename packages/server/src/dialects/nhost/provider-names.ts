import { schemaFault } from './refuse.ts'

/** Names that this dialect has for providers, and ours. */
const names: Readonly<Record<string, string>> = {
  apple: 'apple',
  azuread: 'azure',
  bitbucket: 'bitbucket',
  discord: 'discord',
  entraid: 'azure',
  facebook: 'facebook',
  github: 'github',
  gitlab: 'gitlab',
  google: 'google',
  linkedin: 'linkedin_oidc',
  spotify: 'spotify',
  strava: 'strava',
  twitch: 'twitch',
  twitter: 'twitter',
  windowslive: 'windowslive',
  workos: 'workos',
}

/** A provider's name in this dialect. @throws Refusal `validation_failed` for one it does not know */
export function nameHere(text: string): string {
  if (!Object.hasOwn(names, text)) throw schemaFault('provider: is not a known provider')
  return text
}

/** Our id of a provider named in this dialect. */
export const providerOf = (name: string): string => names[name] ?? name
