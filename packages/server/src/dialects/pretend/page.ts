import type { Answer } from '../../http/answer.ts'
import { cardPage } from '../../http/card-page.ts'
import { html } from '../../http/html.ts'

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
  const { problem } = form
  const content = html`<h1>${title}</h1>
<p class="note">There are no credentials for ${form.provider} here, so this page stands in for it. Any address is believed. In production there is no such page.</p>
${problem !== undefined && html`<p class="wrong" id="wrong" role="alert">${problem}</p>`}
<form method="post" action="pretend">
<input type="hidden" name="state" value="${form.state}">
<input type="hidden" name="callback" value="${form.callback}">
<label>E-mail address<input name="email" type="email" required autofocus autocomplete="off"${problem !== undefined && html` aria-invalid="true" aria-describedby="wrong"`} value="${form.email ?? 'ada@example.test'}"></label>
<label>Name<input name="name" autocomplete="off" value="Ada Lovelace"></label>
<button name="act" value="go">Sign in</button>
<button class="quiet" name="act" value="cancel" formnovalidate>Cancel</button>
</form>`
  return cardPage(title, content, { status: problem === undefined ? 200 : 400, formAction: form.leadsTo })
}
