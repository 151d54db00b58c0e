import { expect } from 'vitest'
import { isShown, type Page } from '../windows.ts'
import { ok } from '../world.ts'
import { atAcme, atGoogle, atPretend, keepPasskey, type PageStage, type Visitor } from './page.ts'
import { free, protect } from './place.ts'

const nobody = { isSignedIn: false }
const signedIn = { isSignedIn: true }

const isIn = { after: ({ page, email }: Visitor) => isShown(page, email) }
const withPasskey = { before: (visitor: Visitor) => keepPasskey(visitor) }

/** What a second window does that the example opens. */
const inWindow = (act: (there: Page, visitor: Visitor) => Promise<unknown>) => ({
  async during(visitor: Visitor) {
    await act(await opened(visitor.page), visitor)
  },
})

async function opened(page: Page): Promise<Page> {
  const [, other] = page.context().pages()
  return other ?? page.context().waitForEvent('page')
}

const isLinked = {
  async after({ place, id }: Visitor) {
    const linked = async () => (await ok(place.admin.users.identities(id))).items.map(({ provider }) => provider)
    await expect.poll(linked).toEqual(['github'])
  },
}

/** What each example needs that a browser is needed for. */
export const pageStages: Readonly<Record<string, PageStage>> = {
  'Client.signInWithProvider': {
    ...{ ...nobody, ...isIn, leaves: true },
    during: ({ page, email }) => atGoogle(page, email),
  },
  'Links.link': {
    ...{ ...signedIn, ...isLinked, leaves: true },
    during: ({ page, email }) => atPretend(page, email),
  },
  'Passkeys.isSupported': nobody,
  'Passkeys.isAutofillSupported': { ...nobody, ...withPasskey, ...isIn },
  'Passkeys.signUp': {
    ...{ ...nobody, mailedTo: 'new@example.test' },
    async before({ place }) {
      await free(place, 'new@example.test')
      await ok(place.admin.inbox.clear())
      return {}
    },
    after: ({ page }) => isShown(page, 'new@example.test'),
  },
  'Passkeys.signIn': { ...nobody, ...withPasskey, ...isIn },
  'Passkeys.add': {
    ...signedIn,
    async after({ place, id }) {
      expect((await ok(place.admin.users.factors(id))).items).toMatchObject([{ type: 'passkey', name: 'Laptop' }])
    },
  },
  'Passkeys.answer': { ...nobody, ...isIn, before: (visitor) => keepPasskey(visitor, { protects: true }) },
  createPasskeys: { ...nobody, ...withPasskey, ...isIn },
  'Popup.signInWithProvider': {
    ...nobody,
    async before({ place, email, id }) {
      await ok(place.admin.users.attachIdentity(id, { provider: 'google', subject: email }))
      await protect(await place.signedIn(email))
      return {}
    },
    async during({ page, email }) {
      await page.getByRole('button', { name: 'Do it' }).click()
      await atGoogle(await opened(page), email)
    },
  },
  'Popup.signInWithSso': {
    ...nobody,
    ...inWindow((there) => atAcme(there, 'ada@acme.com')),
    after: ({ page }) => isShown(page, 'ada@acme.com'),
  },
  'Popup.link': { ...signedIn, ...isLinked, ...inWindow((there, { email }) => atPretend(there, email)) },
  throughWindow: {
    ...nobody,
    async before({ page }) {
      const body = `<script>opener.postMessage({ type: 'paid', receipt: 'R-1' }, '*')</script>`
      await page
        .context()
        .route('https://pay.example.com/**', (route) => route.fulfill({ contentType: 'text/html', body }))
      return {}
    },
  },
  webStorage: nobody,
  'Sso.signIn': {
    ...{ ...nobody, leaves: true },
    during: ({ page }) => atAcme(page, 'ada@acme.com'),
    after: ({ page }) => isShown(page, 'ada@acme.com'),
  },
}
