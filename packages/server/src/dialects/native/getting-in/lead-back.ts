import type { Refusal } from '../../../base/errors.ts'
import { languageOf } from '../../../gate/caller.ts'
import { type Answer, redirectTo } from '../../../http/answer.ts'
import { wireOf } from '../errors.ts'
import type { Call } from '../operation.ts'
import { messagePage } from './message-page.ts'

type Given = Readonly<Record<string, string>>

/** What an app is told of a refusal at the address it is led back to. */
export function failure({ exchange }: Pick<Call, 'exchange'>, { code, message }: Refusal): Given {
  return { error: wireOf(code).code, error_description: message, request_id: exchange.requestId }
}

/** To the app: by address, or as a message to the window that opened this one. */
export function lead(
  { core, exchange }: Pick<Call, 'core' | 'exchange'>,
  back: {
    readonly redirectTo?: string | undefined
    readonly state?: string | undefined
    readonly display?: 'message' | undefined
  },
  facts: Given,
): Answer {
  const url = new URL(core.redirects.orSite(back.redirectTo))
  const said = { ...facts, ...(back.state === undefined ? {} : { state: back.state }) }
  for (const [name, value] of Object.entries(said)) url.searchParams.set(name, value)
  if (back.display === 'message')
    return messagePage(core.settings, { place: url.href, said, locale: languageOf(exchange) })
  return redirectTo(303, url.href)
}
