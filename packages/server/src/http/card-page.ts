import type { Answer, AnswerHeaders } from './answer.ts'
import { page } from './answer.ts'
import { hashSource } from './csp.ts'
import { type Html, html, raw } from './html.ts'

const style = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5d6673;--paper:#fff;--back:#f5f6f8;--line:#d5d9e0;--edge:#868e9b;--mark:#2f5fd0;--on-mark:#fff;--note:#fff4d6;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--ink:#e7eaef;--soft:#a3acb9;--paper:#1a1d22;--back:#121417;--line:#343a43;--edge:#79828f;--mark:#85a8ff;--on-mark:#0d1426;--note:#3a3013;--bad:#ff8a80}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;padding:1rem 0;background:var(--back);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{width:min(26rem,100% - 2rem);background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:2rem;text-align:center;overflow-wrap:anywhere}
h1{font-size:1.25rem;line-height:1.3;margin:0 0 .5rem}p{margin:0 0 1.5rem;color:var(--soft)}b{color:var(--ink)}
.note{background:var(--note);color:var(--ink);border-radius:8px;padding:.5rem .75rem;margin-top:1rem;font-size:.9rem;text-align:left}.wrong{color:var(--bad);text-align:left}
.small{margin:1.5rem 0 0;font-size:.8125rem}.small+.small{margin-top:.25rem}code{font:.9em ui-monospace,SFMono-Regular,Consolas,monospace}
label{display:block;margin:0 0 1rem;color:var(--soft);font-size:.9rem;text-align:left}
input{display:block;width:100%;margin-top:.25rem;padding:.6rem .75rem;border:1px solid var(--edge);border-radius:8px;background:transparent;color:var(--ink);font:inherit;font-size:1rem}
button,.button{display:block;width:100%;padding:.75rem 1rem;border:1px solid transparent;border-radius:8px;background:var(--mark);color:var(--on-mark);font:inherit;font-weight:600;text-decoration:none;cursor:pointer}
.button+.button,.quiet{margin-top:.5rem;background:transparent;color:var(--mark);border-color:var(--line)}
button:hover,.button:hover{filter:brightness(1.08)}:focus-visible{outline:3px solid var(--mark);outline-offset:3px}
`

/** What a card needs besides its words. */
export interface CardMore {
  readonly status?: number
  /** Language of the words (BCP 47). Default `en`. */
  readonly lang?: string
  /** Where its form may lead besides here, as {@link placeSource} names it. */
  readonly formAction?: readonly string[]
  /** A script without values in it, the same for everybody. */
  readonly script?: string
  /** Facts for that script, by name; it reads them from the page. */
  readonly facts?: Readonly<Record<string, string>>
  readonly headers?: AnswerHeaders
}

/** A small page of ours: one card, one thing to do. */
export function cardPage(title: string, content: Html, more: CardMore = {}): Answer {
  const { lang = 'en', script, facts = {} } = more
  const document = html`<!doctype html>
<html lang="${lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
${Object.entries(facts).map(([name, value]) => html`<meta name="${name}" content="${value}">\n`)}<title>${title}</title>
<link rel="icon" href="data:,">
<style>${raw(style)}</style>
</head>
<body>
<main>${content}</main>
${script === undefined ? '' : html`<script>${raw(script)}</script>`}</body>
</html>`
  return page(document, {
    status: more.status ?? 200,
    needs: {
      style: [hashSource(style)],
      img: ['data:'],
      formAction: more.formAction ?? [],
      ...(script === undefined ? {} : { script: [hashSource(script)] }),
    },
    headers: { ...more.headers, 'content-language': lang, vary: 'Accept-Language' },
  })
}
