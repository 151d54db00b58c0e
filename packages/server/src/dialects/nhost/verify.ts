import { Refusal } from '../../base/errors.ts'
import { type Followed, followLink } from '../../flows/session/follow-link.ts'
import { linkPage } from '../../gate/link-page.ts'
import { type Answer, redirectTo } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Fields } from '../../http/fields.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { wireOfName } from './errors.ts'
import { type MailedTicket, purposesOf, readTicket } from './manners.ts'
import { wireOf } from './present-error.ts'
import { errorFacts, withFacts } from './redirect.ts'
import { missingArgument, refusal, schemaFault } from './refuse.ts'

const linkTypes = new Set(['emailVerify', 'emailConfirmChange', 'signinPasswordless', 'passwordReset'])

interface Link {
  readonly ticket: string
  readonly redirectTo: string
  readonly type: string
  readonly codeChallenge: string | undefined
}

/** GET /verify: what a mailed link opens. Ends at the application. */
export function getVerify(at: Nhost): Handler {
  return (exchange) => {
    const confirm = at.core.settings.links.confirmation === 'click' ? 'ask' : 'at_once'
    return follow(at, exchange, readLink(exchange.query), confirm)
  }
}

/** POST /verify/confirm: the button of the page that stands before a link's use. */
export function postConfirm(at: Nhost): Handler {
  return async (exchange) => follow(at, exchange, readLink(await exchange.form()), 'at_once')
}

function readLink(fields: Fields): Link {
  const ticket = fields.one('ticket') || undefined
  const place = fields.one('redirectTo') || undefined
  if (ticket === undefined) throw missingArgument('ticket')
  if (place === undefined) throw missingArgument('redirectTo')
  const type = fields.one('type') ?? ''
  if (type !== '' && !linkTypes.has(type)) throw schemaFault('type: is not a known type')
  if (!isAddress(place)) throw refusal('invalid-request')
  const codeChallenge = fields.one('codeChallenge') || undefined
  if (codeChallenge !== undefined && !/^[A-Za-z0-9_-]{43}$/.test(codeChallenge)) throw refusal('invalid-request')
  return { ticket, redirectTo: place, type, codeChallenge }
}

/** Whether a text is an absolute or relative address at all (RFC 3986 §4.1); where it leads is asked elsewhere. */
function isAddress(text: string): boolean {
  return !/^:|\p{Cc}|%(?![\da-f]{2})/iu.test(text) && URL.canParse(text, 'http://relative.invalid')
}

async function follow(at: Nhost, exchange: Exchange, link: Link, confirm: 'at_once' | 'ask'): Promise<Answer> {
  const { core } = at
  if (!core.redirects.allows(link.redirectTo).allowed)
    return redirectTo(302, withFacts(core.settings.siteUrl, errorFacts(wireOfName('redirectTo-not-allowed'))))
  const place = core.redirects.orSite(link.redirectTo)
  const mailed = readTicket(link.ticket)
  try {
    if (mailed === undefined) throw refusal('invalid-ticket')
    const input = {
      token: mailed.token,
      purposes: purposesOf[mailed.prefix],
      codeChallenge: link.codeChallenge,
      confirm,
    }
    const caller = at.callerOf(exchange)
    return present(at, { ...link, ...mailed, place, locale: caller.locale }, await followLink(core, caller, input))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return redirectTo(302, withFacts(place, errorFacts(wireOf(error, at.options))))
  }
}

interface Checked extends Link, MailedTicket {
  readonly place: string
  readonly locale: string | undefined
}

function present(at: Nhost, link: Checked, followed: Followed): Answer {
  const type = link.prefix
  switch (followed.kind) {
    case 'return':
      return redirectTo(302, withFacts(link.place, { code: followed.code, type }))
    case 'ask':
      return linkPage(at.core.settings, {
        action: `${at.origin}${at.options.path}/verify/confirm`,
        fields: { ticket: link.ticket, type: link.type, redirectTo: link.place },
        leadsTo: link.place,
        locale: link.locale,
      })
    case 'half':
      return redirectTo(302, withFacts(link.place, { type }))
    case 'pending':
      // What waits for a second factor does not travel in an address.
      return redirectTo(302, withFacts(link.place, errorFacts(wireOfName('mfa-required'))))
    case 'complete':
      return redirectTo(302, withFacts(link.place, { refreshToken: followed.grant.refreshToken, type }))
  }
}
