import { Refusal } from '../../../base/errors.ts'
import type { Ticket } from '../../../core/tickets/ticket.ts'
import { comeBack } from '../../../flows/attempt/come-back.ts'
import { findLink } from '../../../flows/attempt/verify.ts'
import { openLink } from '../../../flows/session/exchange-code.ts'
import { languageOf } from '../../../gate/caller.ts'
import { deadLinkPage, linkPage } from '../../../gate/link-page.ts'
import { redirectTo } from '../../../http/answer.ts'
import { sameOriginOrListed } from '../../../http/csrf.ts'
import { linkPrefix, withoutPrefix } from '../manners.ts'
import { type Call, Raw } from '../operation.ts'
import { presentOutcome } from '../present-outcome.ts'
import { sessionFor } from '../session-for.ts'
import type { linkBody } from './bodies.ts'

/** GET /links: a page with one button. Looking at it changes nothing, so a mail scanner may. */
export async function showLink({ core, exchange }: Call) {
  const text = exchange.query.all('token').at(0) ?? ''
  const ticket = await find({ core }, text).catch(onlyDead)
  const locale = languageOf(exchange)
  if (ticket === undefined) return new Raw(deadLinkPage(core.settings, locale))
  const leadsTo = core.redirects.orSite(ticket.payload['redirectTo'])
  return new Raw(linkPage(core.settings, { action: 'links', fields: { token: text }, leadsTo, locale }))
}

/** POST /links: the click leads back with a code; an app that catches the link itself gets the outcome. */
export async function useLink(call: Call<typeof linkBody>) {
  const { core, exchange, caller, native, body } = call
  if (exchange.bodyKind === 'form') {
    await sameOriginOrListed((origin) => origin === new URL(native.url).origin)(exchange)
    return new Raw(await followLink(call, (await exchange.form()).one('token') ?? ''))
  }
  const session = await sessionFor(call, (await find(call, body.token)).sessionId)
  const { code } = await openLink(core, { token: bare(body.token) })
  return presentOutcome(call, await comeBack(core, caller, { code, verifier: body.codeVerifier, session }))
}

async function followLink({ core, exchange }: Pick<Call, 'core' | 'exchange'>, text: string) {
  const opened = await find({ core }, text).then(() => openLink(core, { token: bare(text) }), onlyDead)
  if (opened === undefined) return deadLinkPage(core.settings, languageOf(exchange))
  const url = new URL(core.redirects.orSite(opened.redirectTo))
  url.searchParams.set('code', opened.code)
  if (opened.state !== undefined) url.searchParams.set('state', opened.state)
  return redirectTo(303, url.href)
}

const find = async ({ core }: Pick<Call, 'core'>, text: string): Promise<Ticket> =>
  findLink(core, { token: bare(text) })

function bare(text: string): string {
  const token = withoutPrefix(text, linkPrefix)
  if (token === undefined) throw new Refusal('otp_expired')
  return token
}

function onlyDead(error: unknown): undefined {
  if (error instanceof Refusal && error.code === 'otp_expired') return undefined
  throw error
}
