import type { Answer } from './answer.ts'
import { cardPage } from './card-page.ts'
import { html } from './html.ts'

/** What the button sends, and where it leads. */
export interface ButtonPage {
  /** Where the form is sent. */
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  /** Where the answer to the form leads in the end; already checked. */
  readonly leadsTo: string
}

/** One button before a link is used: programs that look at links press none (S26). */
export function buttonPage({ action, fields, leadsTo }: ButtonPage): Answer {
  const content = html`<h1>One more click</h1>
<p>Press the button to continue.</p>
<form method="post" action="${action}">
${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button type="submit">Continue</button>
</form>`
  return cardPage('Continue', content, { formAction: [sourceOf(leadsTo)] })
}

/** A form's policy covers the redirect after it, so the place it ends at is named. */
export function sourceOf(place: string): string {
  const web = /^https?:\/\/[A-Za-z0-9.:[\]-]+/.exec(place)?.[0]
  return (web ?? place.slice(0, place.indexOf(':') + 1)).toLowerCase()
}
