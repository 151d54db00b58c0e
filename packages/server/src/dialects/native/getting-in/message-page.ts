import { type Answer, page } from '../../../http/answer.ts'
import { hashSource } from '../../../http/csp.ts'
import { html, raw } from '../../../http/html.ts'

// Reads what it has to say from the page, so that it is the same text for everybody and its digest stands in the policy.
const script = `const read=(name)=>document.querySelector('meta[name='+name+']').content
if(window.opener){window.opener.postMessage({type:'watchword',...JSON.parse(read('said'))},read('to'));window.close()}
else location.replace(read('place'))`

/**
 * Hands what came back to the window that opened this one, at exactly that origin, and closes. A provider may have cut
 * the two apart: then it leads to the app, as it would have without a second window.
 * @param place where in the app, with the same facts
 */
export function messagePage(place: string, said: Readonly<Record<string, string>>): Answer {
  const content = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="robots" content="noindex">
<meta name="to" content="${new URL(place).origin}">
<meta name="place" content="${place}">
<meta name="said" content="${JSON.stringify(said)}">
<title>Signing in …</title>
<link rel="icon" href="data:,">
</head>
<body><p>You may close this window.</p><script>${raw(script)}</script></body>
</html>`
  return page(content, {
    needs: { script: [hashSource(script)], img: ['data:'] },
    headers: { 'content-language': 'en', 'cross-origin-opener-policy': 'unsafe-none' },
  })
}
