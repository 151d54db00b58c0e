import { maskEmail } from '../core/identifiers/email.ts'
import type { User } from '../core/users/user.ts'
import { type Answer, page } from '../http/answer.ts'
import { sourceOf } from '../http/button-page.ts'
import { html } from '../http/html.ts'

/** What the page asks about. */
export interface Connection {
  readonly action: string
  readonly handle: string
  readonly user: User
  readonly provider: string
  /** Where it leads in the end. */
  readonly place: string
}

/** Asks whoever sits at this browser whether it is their account that is being connected: they may have followed somebody's link (S40). */
export function connectPage({ action, handle, user, provider, place }: Connection): Answer {
  const whose = user.email === null ? 'your guest account' : `the account ${maskEmail(user.email)}`
  const content = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Connect your account</title>
</head>
<body>
<main>
<h1>Connect ${provider}?</h1>
<p>From now on your ${provider} account will sign in to ${whose}. If that is not yours, close this page.</p>
<form method="post" action="${action}">
<input type="hidden" name="handle" value="${handle}">
<button type="submit">Connect</button>
</form>
</main>
</body>
</html>`
  return page(content, { needs: { formAction: [sourceOf(place)] } })
}
