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

// Until a site is named, links lead back here: says how it went, and takes what an app would have read from the address.
const script = `const said=new URLSearchParams(location.search+'&'+location.hash.slice(1)),show=(id)=>{document.getElementById(id).hidden=false}
const why=said.get('error_description')??said.get('error')
if(why!==null){document.getElementById('why').textContent=why;show('refused')}
else if(['access_token','code','refreshToken','message'].some((name)=>said.has(name)))show('came')
if(location.search+location.hash!=='')history.replaceState(null,'',location.pathname)`

/** The page at the root of a development server: whoever opens the address that was printed sees that it runs, and where to look. */
export function welcomeMount({ name, inbox, docs }: WelcomeLinks): Mount {
  const content = html`<h1>${name} is running</h1>
<p id="came" class="note" role="status" hidden>That worked. Links lead back here until <code>WATCHWORD_SITE_URL</code> names your app.</p>
<p id="refused" class="wrong" role="alert" hidden>That did not work: <span id="why"></span></p>
<p>Point your client at this address. The keys it needs were printed where the server was started.</p>
${inbox && html`<a class="button" href="${inbox}">Inbox</a>`}
${docs && html`<a class="button" href="${docs}">The interface</a>`}
<a class="button" href="/.well-known/openid-configuration">Discovery</a>`
  return {
    name: 'welcome',
    base: '',
    routes: [{ method: 'GET', path: '/', safe: true, handle: () => cardPage(name, content, { script }) }],
    presentError: presentPlainly,
    cors: { kind: 'none' },
    requireJson: true,
    trailingSlash: 'strict',
  }
}
