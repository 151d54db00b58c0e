import type { Settings } from '../../../core/settings/settings.ts'
import { pageWords } from '../../../gate/page-words.ts'
import type { Answer } from '../../../http/answer.ts'
import { cardPage } from '../../../http/card-page.ts'
import { html } from '../../../http/html.ts'

// Reads what it has to say from the page, so that it is the same text for everybody and its digest stands in the policy.
const script = `const read=(name)=>document.querySelector('meta[name='+name+']').content
if(window.opener){window.opener.postMessage({type:'watchword',...JSON.parse(read('said'))},read('to'));window.close()}
else location.replace(read('place'))`

/** What came back, where to, and for whom. */
export interface Message {
  /** Where in the app, with the same facts. */
  readonly place: string
  readonly said: Readonly<Record<string, string>>
  /** Best language of the request. */
  readonly locale: string | undefined
}

/**
 * Hands what came back to the window that opened this one, at exactly that origin, and closes. A provider may have cut
 * the two apart: then it leads to the app, as it would have without a second window.
 */
export function messagePage(settings: Pick<Settings, 'locales'>, { place, said, locale }: Message): Answer {
  const { closing, locale: lang } = pageWords(settings, locale)
  const content = html`<h1>${closing.title}</h1>
<p>${closing.lead}</p>
<noscript><a class="button" href="${place}">${closing.go}</a></noscript>`
  return cardPage(closing.title, content, {
    lang,
    script,
    facts: { to: new URL(place).origin, place, said: JSON.stringify(said) },
    headers: { 'cross-origin-opener-policy': 'unsafe-none' },
  })
}
