import { type Answer, page } from '../../http/answer.ts'
import { html } from '../../http/html.ts'

/** What the page asks about. */
export interface Confirmable {
  /** Where its button leads. */
  readonly action: string
  readonly hash: string
  readonly type: string
  readonly place: string
}

/** One button before a link is used: programs that look at links press none (S26). */
export function confirmPage({ action, hash, type, place }: Confirmable): Answer {
  const content = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Continue</title>
</head>
<body>
<main>
<h1>One more click</h1>
<p>Press the button to continue.</p>
<form method="post" action="${action}">
<input type="hidden" name="token" value="${hash}">
<input type="hidden" name="type" value="${type}">
<input type="hidden" name="redirect_to" value="${place}">
<button type="submit">Continue</button>
</form>
</main>
</body>
</html>`
  return page(content, { needs: { formAction: [sourceOf(place)] } })
}

/** A form's policy covers the redirect after it, so the place it ends at is named. */
function sourceOf(place: string): string {
  const web = /^https?:\/\/[A-Za-z0-9.:[\]-]+/.exec(place)?.[0]
  return (web ?? place.slice(0, place.indexOf(':') + 1)).toLowerCase()
}
