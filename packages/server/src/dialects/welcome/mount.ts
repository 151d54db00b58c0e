import { cardPage } from '../../http/card-page.ts'
import { html } from '../../http/html.ts'
import { presentPlainly } from '../../http/plain-error.ts'
import type { Mount } from '../../http/route.ts'

/** What a developer may look at, relative to the server's origin; absent where it is switched off. */
export interface WelcomeLinks {
  readonly name: string
  readonly inbox?: string | undefined
  readonly docs?: string | undefined
}

/** The page at the root of a development server: whoever opens the address that was printed sees that it runs, and where to look. */
export function welcomeMount({ name, inbox, docs }: WelcomeLinks): Mount {
  const content = html`<h1>${name} is running</h1>
<p>Point your client at this address. The keys it needs were printed where the server was started.</p>
${inbox && html`<a class="button" href="${inbox}">Inbox</a>`}
${docs && html`<a class="button" href="${docs}">The interface</a>`}
<a class="button" href="/.well-known/openid-configuration">Discovery</a>`
  return {
    name: 'welcome',
    base: '',
    routes: [{ method: 'GET', path: '/', safe: true, handle: () => cardPage(name, content) }],
    presentError: presentPlainly,
    cors: { kind: 'none' },
    requireJson: true,
    trailingSlash: 'strict',
  }
}
