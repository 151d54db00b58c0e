import type { Answer } from './answer.ts'
import { page } from './answer.ts'
import { hashSource } from './csp.ts'
import { type Html, html, raw } from './html.ts'

const style = `
:root{color-scheme:light dark;--ink:#1b1f24;--soft:#5d6673;--paper:#fff;--back:#f5f6f8;--line:#e1e4e9;--mark:#2f5fd0;--on-mark:#fff}
@media (prefers-color-scheme:dark){:root{--ink:#e7eaef;--soft:#99a3b0;--paper:#1a1d22;--back:#121417;--line:#2d323a;--mark:#85a8ff;--on-mark:#0d1426}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--back);color:var(--ink);font:1rem/1.5 system-ui,sans-serif}
main{width:min(26rem,100% - 2rem);background:var(--paper);border:1px solid var(--line);border-radius:12px;padding:2rem;text-align:center}
h1{font-size:1.25rem;margin:0 0 .5rem}p{margin:0 0 1.5rem;color:var(--soft)}
button,.button{display:block;width:100%;padding:.75rem 1rem;border:0;border-radius:8px;background:var(--mark);color:var(--on-mark);font:inherit;font-weight:600;text-decoration:none;cursor:pointer}
.button+.button{margin-top:.5rem;background:transparent;color:var(--mark);border:1px solid var(--line)}
button:focus-visible,.button:focus-visible{outline:3px solid var(--mark);outline-offset:3px}
`

/** A small page of ours: one card, one thing to do. @param more.formAction where its form may lead besides here */
export function cardPage(
  title: string,
  content: Html,
  more: { readonly status?: number; readonly formAction?: readonly string[] } = {},
): Answer {
  const document = html`<!doctype html>
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
<main>${content}</main>
</body>
</html>`
  return page(document, {
    status: more.status ?? 200,
    needs: { style: [hashSource(style)], img: ['data:'], formAction: more.formAction ?? [] },
    headers: { 'content-language': 'en' },
  })
}
