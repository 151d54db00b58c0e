import { unixSeconds } from '../../base/duration.ts'
import { Refusal } from '../../base/errors.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { grantOf } from '../../flows/session/enter.ts'
import { type Followed, followLink } from '../../flows/session/follow-link.ts'
import type { Grant } from '../../flows/session/open.ts'
import { languageOf } from '../../gate/caller.ts'
import { linkPage } from '../../gate/link-page.ts'
import { type Answer, redirectTo } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Fields } from '../../http/fields.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { oauthNames } from './external-faults.ts'
import { isPkceHash, tokenOfHash } from './manners.ts'
import { returnPlace } from './parse.ts'
import { wireOf } from './present-error.ts'
import { inFragment, inQuery, inQueryAndFragment } from './redirect.ts'
import { fault } from './refuse.ts'
import { halfwayText, purposesOf } from './verify.ts'

interface Link {
  /** The hash as mailed. */
  readonly hash: string
  readonly type: string
  /** Where it leads, already checked. */
  readonly place: string
}

/** GET /verify: what a mailed link opens. Always ends at the application, unless it says nothing at all. */
export function getVerify(at: Supabase): Handler {
  return (exchange) => {
    const confirm = at.core.settings.links.confirmation === 'click' ? 'ask' : 'at_once'
    return follow(at, exchange, readLink(at, exchange, exchange.query), confirm)
  }
}

/** POST /verify/confirm: the button of the page that stands before a link's use. */
export function postConfirm(at: Supabase): Handler {
  return async (exchange) => follow(at, exchange, readLink(at, exchange, await exchange.form()), 'at_once')
}

function readLink({ core }: Supabase, exchange: Exchange, fields: Fields): Link {
  const type = fields.one('type') ?? ''
  const hash = fields.one('token') || fields.one('token_hash') || ''
  if (type === '') throw fault('Verify requires a verification type')
  if (hash === '') throw fault('Verify requires a token or a token hash')
  return { type, hash, place: returnPlace(core, exchange, { fields }) }
}

async function follow(at: Supabase, exchange: Exchange, link: Link, confirm: 'at_once' | 'ask'): Promise<Answer> {
  try {
    const purposes = purposesOf(link.type)
    if (purposes === undefined) throw fault('Invalid email verification type')
    const input = { token: tokenOfHash(link.hash), purposes, confirm }
    return present(at, exchange, link, await followLink(at.core, at.callerOf(exchange), input))
  } catch (error) {
    if (error instanceof Refusal) return presentRefusal(link, error)
    throw error
  }
}

function present({ core, url }: Supabase, exchange: Exchange, link: Link, followed: Followed): Answer {
  switch (followed.kind) {
    case 'return':
      return redirectTo(303, inQuery(link.place, { code: followed.code }))
    case 'ask':
      return linkPage(core.settings, {
        action: `${url}/verify/confirm`,
        fields: { token: link.hash, type: link.type, redirect_to: link.place },
        leadsTo: link.place,
        locale: languageOf(exchange),
      })
    case 'half': {
      const message = { message: halfwayText }
      return redirectTo(303, (isPkceHash(link.hash) ? inQueryAndFragment : inFragment)(link.place, message))
    }
    case 'pending':
    case 'complete':
      return redirectTo(303, `${link.place}#${sessionFragment(link, followed.ticket, grantOf(followed))}`)
  }
}

function sessionFragment({ type }: Link, ticket: Ticket, grant: Grant): string {
  const asked = type === 'email' ? (ticket.purpose === 'sign_in' ? 'magiclink' : 'signup') : type
  return new URLSearchParams({
    access_token: grant.accessToken,
    expires_at: String(unixSeconds(grant.expiresAt)),
    expires_in: String(grant.expiresIn),
    refresh_token: grant.refreshToken,
    sb: '',
    token_type: 'bearer',
    type: asked,
  }).toString()
}

function presentRefusal({ hash, place }: Link, refusal: Refusal): Answer {
  const { status, code, message } = wireOf(refusal, 'link')
  const name = oauthNames[status]
  const facts = { ...(name === undefined ? {} : { error: name }), error_code: code, error_description: message }
  return redirectTo(303, (isPkceHash(hash) ? inQueryAndFragment : inFragment)(place, facts))
}
