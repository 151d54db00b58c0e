import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { pretendPath } from '../../core/providers/pretend.ts'
import { findPretended, signInPretended } from '../../flows/sign-in/pretended.ts'
import { limited } from '../../gate/limited.ts'
import { type Answer, redirectTo } from '../../http/answer.ts'
import { sameOriginOrListed } from '../../http/csrf.ts'
import type { Fields } from '../../http/fields.ts'
import { presentPlainly } from '../../http/plain-error.ts'
import type { Mount } from '../../http/route.ts'
import { pretendPage } from './page.ts'

/** Stands in, in development, for the providers that are switched on without credentials. Refused in production. */
export function pretendMount(core: Core): Mount {
  const own = new URL(core.settings.publicUrl).origin
  const gates = [limited(core, 'start')]
  return {
    name: 'pretend',
    base: pretendPath,
    routes: [
      { method: 'GET', path: '', gates, handle: ({ query }) => show(core, query) },
      {
        method: 'POST',
        path: '',
        body: 'form',
        gates: [...gates, sameOriginOrListed((origin) => origin === own)],
        handle: async (exchange) => send(core, await exchange.form()),
      },
    ],
    presentError: presentPlainly,
    cors: { kind: 'none' },
    requireJson: true,
    trailingSlash: 'strict',
  }
}

/** Only to a callback of this server. */
function callbackIn(core: Core, fields: Fields): string {
  const callback = fields.one('callback') ?? ''
  if (!callback.startsWith(`${core.settings.publicUrl}/`)) throw new Refusal('redirect_not_allowed')
  return callback
}

async function show(core: Core, fields: Fields, more: { email?: string; problem?: string } = {}): Promise<Answer> {
  const state = fields.one('state') ?? ''
  const { provider, redirectTo: app } = await findPretended(core, state)
  const { origin, protocol } = new URL(core.redirects.orSite(app))
  const leadsTo = [/^https?:$/.test(protocol) ? origin : protocol]
  return pretendPage({ provider, state, callback: callbackIn(core, fields), leadsTo, ...more })
}

async function send(core: Core, fields: Fields): Promise<Answer> {
  const state = fields.one('state') ?? ''
  const callback = callbackIn(core, fields)
  const back = (said: Readonly<Record<string, string>>) =>
    redirectTo(303, `${callback}?${new URLSearchParams({ state, ...said })}`)
  if (fields.one('act') === 'cancel') return back({ error: 'access_denied' })
  const email = fields.one('email') ?? ''
  try {
    return back({ code: await signInPretended(core, { state, email, name: fields.one('name') ?? '' }) })
  } catch (error) {
    if (!(error instanceof Refusal) || !/^(email_address_invalid|validation_failed)$/.test(error.code)) throw error
    return show(core, fields, { email: email.slice(0, 254), problem: error.message })
  }
}
