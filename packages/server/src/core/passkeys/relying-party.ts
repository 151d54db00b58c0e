import type { Settings } from '../settings/settings.ts'

/** Whom credentials are made for (WebAuthn Level 3 §5.4.2). */
export interface RelyingParty {
  readonly id: string
  readonly name: string
  /** Whether a ceremony on a page of this origin counts. */
  allows(origin: string): boolean
}

const loopback = /^http:\/\/localhost(:\d+)?$/

/** The relying party of a deployment: what is set, else the host and origin of the site. In development every port of `localhost` counts. */
export function relyingPartyOf(
  settings: Pick<Settings, 'passkeys' | 'siteUrl' | 'name' | 'environment'>,
): RelyingParty {
  const { passkeys, siteUrl, name, environment } = settings
  const site = new URL(siteUrl)
  const id = passkeys.rpId ?? site.hostname
  const origins = new Set(passkeys.origins.length > 0 ? passkeys.origins : [site.origin])
  return {
    id,
    name: passkeys.rpName ?? name,
    allows: (origin) =>
      origins.has(origin) || (environment === 'development' && id === 'localhost' && loopback.test(origin)),
  }
}
