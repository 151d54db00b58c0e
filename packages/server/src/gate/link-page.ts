import type { Settings } from '../core/settings/settings.ts'
import type { Answer } from '../http/answer.ts'
import { cardPage } from '../http/card-page.ts'
import { placeSource } from '../http/csp.ts'
import { html } from '../http/html.ts'
import { pageWords } from './page-words.ts'

type Said = Pick<Settings, 'name' | 'siteUrl' | 'locales'>

/** What the button sends, and where it leads. */
export interface LinkPage {
  /** Where the form is sent. */
  readonly action: string
  readonly fields: Readonly<Record<string, string>>
  /** Where the answer to the form leads in the end; already checked. */
  readonly leadsTo: string
  /** Best language of the request. */
  readonly locale: string | undefined
}

/** One button before a link is used: programs that look at links press none (S26). */
export function linkPage(settings: Said, { action, fields, leadsTo, locale }: LinkPage): Answer {
  const { link, locale: lang } = pageWords(settings, locale)
  const title = link.title(settings.name)
  const content = html`<h1>${title}</h1>
<p>${link.lead}</p>
<form method="post" action="${action}">
${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`)}<button type="submit" autofocus>${link.go}</button>
</form>`
  return cardPage(title, content, { lang, formAction: [placeSource(leadsTo)] })
}

/** The link is no longer good, and nobody can tell why. */
export function deadLinkPage(settings: Said, locale: string | undefined): Answer {
  const { dead, toSite, locale: lang } = pageWords(settings, locale)
  const content = html`<h1>${dead.title}</h1>
<p>${dead.lead}</p>
<a class="button" href="${settings.siteUrl}">${toSite(settings.name)}</a>`
  return cardPage(dead.title, content, { status: 403, lang })
}
