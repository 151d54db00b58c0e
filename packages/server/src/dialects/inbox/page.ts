import type { Answer } from '../../http/answer.ts'
import { contentSecurityPolicy } from '../../http/csp.ts'
import { html, markupOf } from '../../http/html.ts'

/** The page itself is empty: its script fills it with text nodes, from the JSON everybody else gets too. */
export function inboxPage(folder: string): Answer {
  const content = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Inbox</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="${folder}/inbox.css">
<script src="${folder}/inbox.js" defer></script>
</head>
<body>
<header class="bar">
<h1>Inbox <span id="count" class="count"></span></h1>
<p class="note">Development: nothing leaves this machine.</p>
<input id="search" type="search" placeholder="Filter by address or subject" aria-label="Filter" autocomplete="off">
<button id="clear" type="button" class="quiet">Empty</button>
</header>
<main>
<nav id="list" class="list" aria-label="Messages"></nav>
<section id="message" class="message" aria-live="polite" hidden>
<div class="head">
<h2 id="subject"></h2>
<p id="facts" class="facts"></p>
<div class="acts">
<a id="link" class="button" target="_blank" rel="noopener noreferrer">Open link</a>
<button id="copy" type="button" class="button second">Copy code <b id="code"></b></button>
<span class="tabs" role="tablist">
<button id="tab-html" type="button" role="tab" aria-controls="html">HTML</button>
<button id="tab-text" type="button" role="tab" aria-controls="text">Text</button>
</span>
</div>
</div>
<iframe id="html" title="Message" sandbox="allow-popups allow-popups-to-escape-sandbox" referrerpolicy="no-referrer"></iframe>
<pre id="text" hidden></pre>
</section>
<p id="empty" class="empty" hidden>No messages yet. Sign up or ask for a code, and the mail will appear here.</p>
<noscript><p class="empty">This page needs JavaScript. Without it there is <a href="${folder}/messages">the same as JSON</a>.</p></noscript>
</main>
</body>
</html>`
  const policy = contentSecurityPolicy({ script: ["'self'"], style: ["'self'"], connect: ["'self'"], img: ['data:'] })
  return {
    status: 200,
    html: markupOf(content),
    headers: { 'content-security-policy': `${policy}; frame-src 'self'` },
  }
}
