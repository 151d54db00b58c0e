import type { CDPSession, Page } from 'playwright-core'

/** How an authenticator differs from one in the machine that knows its person, who is always there. */
export interface Differs {
  readonly transport?: 'internal' | 'usb'
  readonly isUserVerified?: boolean
  readonly automaticPresenceSimulation?: boolean
}

/** Authenticators that the browser of a page has. */
export interface Authenticators {
  readonly cdp: CDPSession
  /** The first of them, as the DevTools protocol names it. */
  readonly authenticator: string
}

/** Gives the browser of a page authenticators: one, or as many as are described. */
export async function addAuthenticators(page: Page, ...all: readonly Differs[]): Promise<Authenticators> {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const ids: string[] = []
  for (const differs of all.length === 0 ? [{}] : all) {
    const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
        ...differs,
      },
    })
    ids.push(authenticatorId)
  }
  return { cdp, authenticator: ids[0] ?? '' }
}
