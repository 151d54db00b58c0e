import type { Settings } from '../../../core/settings/settings.ts'
import type { Answer } from '../../../http/answer.ts'
import { cardPage } from '../../../http/card-page.ts'
import { html } from '../../../http/html.ts'

/** Where a form may lead, as a page's policy names it: an origin, or the scheme of an app. */
function placeOf(url: string): string {
  const { origin, protocol } = new URL(url)
  return /^https?:$/.test(protocol) ? origin : protocol
}

/** One button; its form carries the token on. */
export function linkPage(
  { name }: Pick<Settings, 'name'>,
  link: { readonly token: string; readonly to: string },
): Answer {
  const content = html`<h1>Continue to ${name}</h1>
<p>You opened a link from your mail. Press the button to go on.</p>
<form method="post" action="links">
<input type="hidden" name="token" value="${link.token}">
<button type="submit" autofocus>Continue</button>
</form>`
  return cardPage(`Continue to ${name}`, content, { formAction: [placeOf(link.to)] })
}

/** The link is no longer good, and nobody can tell why. */
export function deadLinkPage({ name, siteUrl }: Pick<Settings, 'name' | 'siteUrl'>): Answer {
  const content = html`<h1>This link has expired</h1>
<p>It was used already, or it is too old. Please start again where you asked for it.</p>
<a class="button" href="${siteUrl}">Go to ${name}</a>`
  return cardPage('This link has expired', content, { status: 403 })
}
