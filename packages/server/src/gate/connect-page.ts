import { maskEmail } from '../core/identifiers/email.ts'
import type { Settings } from '../core/settings/settings.ts'
import type { User } from '../core/users/user.ts'
import type { Answer } from '../http/answer.ts'
import { cardPage } from '../http/card-page.ts'
import { placeSource } from '../http/csp.ts'
import { html } from '../http/html.ts'
import { pageWords } from './page-words.ts'

/** What the page asks about. */
export interface Connection {
  readonly action: string
  readonly handle: string
  readonly user: User
  readonly provider: string
  /** Where it leads in the end. */
  readonly place: string
  /** Best language of the request. */
  readonly locale: string | undefined
}

/** Asks whoever sits at this browser whether it is their account that is being connected: they may have followed somebody's link (S40). */
export function connectPage(settings: Pick<Settings, 'locales'>, connection: Connection): Answer {
  const { action, handle, user, provider, place } = connection
  const { connect, locale: lang } = pageWords(settings, connection.locale)
  const whose =
    user.email === null
      ? connect.guest(provider)
      : html`${connect.lead(provider)} <b translate="no">${maskEmail(user.email)}</b>`
  const content = html`<h1>${connect.title(provider)}</h1>
<p>${whose}</p>
<p>${connect.notYours}</p>
<form method="post" action="${action}">
<input type="hidden" name="handle" value="${handle}">
<button type="submit">${connect.go}</button>
</form>`
  return cardPage(connect.title(provider), content, { lang, formAction: [placeSource(place)] })
}
