import { type Answer, page } from '../../http/answer.ts'
import { hashSource } from '../../http/csp.ts'
import { html, raw } from '../../http/html.ts'

const style = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5d6673;--paper:#fff;--back:#f5f6f8;--line:#c9ced6;--mark:#2f5fd0;--on-mark:#fff;--note:#fff4d6;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#e7eaef;--soft:#99a3b0;--paper:#1a1d22;--back:#121417;--line:#3d434d;--mark:#85a8ff;--on-mark:#0d1426;--note:#3a3013;--bad:#ff8a80}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--back);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{width:min(26rem,100% - 2rem);background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:2rem}
h1{font-size:1.25rem;margin:0 0 1rem}.note{background:var(--note);border-radius:8px;padding:.5rem .75rem;margin:0 0 1.25rem;font-size:.9rem}
label{display:block;margin:0 0 1rem;color:var(--soft);font-size:.9rem}input{display:block;width:100%;margin-top:.25rem;padding:.6rem .75rem;border:1px solid var(--line);border-radius:8px;background:transparent;color:var(--ink);font:inherit}
button{display:block;width:100%;padding:.75rem 1rem;border:0;border-radius:8px;background:var(--mark);color:var(--on-mark);font:inherit;font-weight:600;cursor:pointer;margin-top:.5rem}
button.quiet{background:transparent;color:var(--soft)}:focus-visible{outline:3px solid var(--mark);outline-offset:2px}.wrong{color:var(--bad)}
`

/** What stands in the form. */
export interface PretendForm {
  readonly provider: string
  readonly state: string
  readonly callback: string
  readonly email?: string
  readonly problem?: string
  /** Where the form leads in the end, as the policy of a page names it. */
  readonly leadsTo: readonly string[]
}

/** «Sign in with Google (pretend)»: any address is believed. */
export function pretendPage(form: PretendForm): Answer {
  const title = `Sign in with ${form.provider} (pretend)`
  const content = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
<p class="note">There are no credentials for ${form.provider} here, so this page stands in for it. Any address is believed. In production there is no such page.</p>
${form.problem === undefined ? '' : html`<p class="wrong" role="alert">${form.problem}</p>`}
<form method="post" action="pretend">
<input type="hidden" name="state" value="${form.state}">
<input type="hidden" name="callback" value="${form.callback}">
<label>E-mail address<input name="email" type="email" required autofocus autocomplete="off" value="${form.email ?? 'ada@example.test'}"></label>
<label>Name<input name="name" autocomplete="off" value="Ada Lovelace"></label>
<button name="act" value="go">Sign in</button>
<button class="quiet" name="act" value="cancel" formnovalidate>Cancel</button>
</form>
</main>
</body>
</html>`
  return page(content, {
    status: form.problem === undefined ? 200 : 400,
    needs: { style: [hashSource(style)], img: ['data:'], formAction: form.leadsTo },
    headers: { 'content-language': 'en' },
  })
}
