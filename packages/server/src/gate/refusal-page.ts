import type { Settings } from '../core/settings/settings.ts'
import type { Answer } from '../http/answer.ts'
import { cardPage } from '../http/card-page.ts'
import type { Exchange } from '../http/exchange.ts'
import { html } from '../http/html.ts'
import { languageOf } from './caller.ts'
import { pageWords } from './page-words.ts'

type Said = Pick<Settings, 'name' | 'siteUrl' | 'publicUrl' | 'locales' | 'environment'>

/**
 * A refusal as a page, where a person's browser asked for something to look at: status and headers stay as they are, and
 * programs get what they get everywhere.
 * @returns undefined where no page was asked for
 */
export function refusalPage(settings: Said, refused: Answer, exchange: Exchange): Answer | undefined {
  if (!isLookedAt(exchange)) return undefined
  const { refused: words, toSite, locale: lang } = pageWords(settings, languageOf(exchange))
  const kind = kindOf(refused.status)
  const [title, lead] = words[kind]
  const { code, message } = saidIn(refused.body)
  const content = html`<h1>${title}</h1>
<p>${lead}</p>
${hasSite(settings) && html`<a class="button" href="${settings.siteUrl}">${toSite(settings.name)}</a>`}
${kind !== 'nothing' && message && html`<p class="small" lang="en">${message}</p>`}
<p class="small" translate="no">${code && html`<code>${code}</code><br>`}<code>${exchange.requestId}</code></p>`
  return cardPage(title, content, { status: refused.status, lang, headers: refused.headers ?? {} })
}

/** Whether a browser will show the answer to a person: it says so, and older ones ask for HTML first. */
function isLookedAt(exchange: Exchange): boolean {
  const mode = exchange.header('sec-fetch-mode')
  return mode === undefined ? exchange.header('accept')?.startsWith('text/html') === true : mode === 'navigate'
}

/** What the dialect says of it, and no more, under the names that dialects use. */
function saidIn(body: unknown): { readonly code?: string | undefined; readonly message?: string | undefined } {
  const text = (...names: readonly string[]) =>
    names.map((name) => Object.entries(body ?? {}).find(([key]) => key === name)?.[1]).find(isText)
  return { code: text('error_code', 'code', 'error'), message: text('message', 'msg', 'error_description') }
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== ''

function kindOf(status: number): 'nothing' | 'often' | 'fault' | 'other' {
  if (status === 404 || status === 405) return 'nothing'
  if (status === 429) return 'often'
  return status >= 500 ? 'fault' : 'other'
}

/** In development this server has a page of its own; elsewhere a button must lead to the app. */
const hasSite = ({ siteUrl, publicUrl, environment }: Said): boolean =>
  siteUrl !== publicUrl || environment === 'development'
