import { Refusal } from '../../base/errors.ts'
import { type GeneratedLink, generateLink, type LinkRequest } from '../../flows/admin/generate-link.ts'
import { invite } from '../../flows/admin/invite.ts'
import { adminKey } from '../../gate/admin.ts'
import { type Answer, json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { type Body, readBody, returnPlace } from './parse.ts'
import { presentUser } from './present.ts'
import { fault, refusal } from './refuse.ts'

/** POST /invite: mails an invitation. */
export function postInvite(at: Supabase): Handler {
  const { core } = at
  return async (exchange) => {
    const body = await readBody(exchange)
    const email = neededEmail(body)
    const input = { email, metadata: body.object('data'), redirectTo: returnPlace(core, exchange) }
    const { user } = await invite(core, at.callerOf(exchange), exchange.need(adminKey).actor, input)
    return json(200, presentUser(user, core.settings))
  }
}

function neededEmail(body: Body, name = 'email'): string {
  const email = body.email(name)
  if (email === undefined) throw fault('An email address is required')
  return email
}

const purposes: Readonly<Record<string, LinkRequest['purpose']>> = {
  signup: 'sign_up',
  invite: 'invite',
  magiclink: 'sign_in',
  recovery: 'recovery',
  email_change_current: 'email_change_current',
  email_change_new: 'email_change',
}

/** POST /admin/generate_link: the link and code a mail would have carried. Nothing is mailed. */
export function postGenerateLink(at: Supabase): Handler {
  return async (exchange) => {
    const body = await readBody(exchange)
    const type = body.text('type') ?? ''
    const input = await readLinkRequest(at, exchange, body, type)
    const made = await generateLink(at.core, at.callerOf(exchange), exchange.need(adminKey).actor, input).catch(retold)
    return presentLink(at, made, { type, redirectTo: input.redirectTo })
  }
}

async function readLinkRequest({ core }: Supabase, exchange: Exchange, body: Body, type: string) {
  const email = neededEmail(body)
  const purpose = Object.hasOwn(purposes, type) ? purposes[type] : undefined
  if (purpose === undefined) throw fault(`Invalid email action link type requested: ${type.slice(0, 32)}`)
  const isChange = purpose.startsWith('email_change')
  if (isChange && (await core.users.findByAddress({ email })) === undefined) throw refusal('link_user_not_found')
  return {
    purpose,
    email,
    password: body.text('password'),
    newEmail: isChange ? neededEmail(body, 'new_email') : undefined,
    metadata: body.object('data'),
    redirectTo: returnPlace(core, exchange, { first: body.text('redirect_to') }),
  }
}

/** Faults that clients know by other words. */
function retold(error: unknown): never {
  if (!(error instanceof Refusal)) throw error
  if (error.code === 'user_not_found') throw refusal('link_user_not_found')
  if (error.details.fields?.some(({ path, rule }) => path === 'password' && rule.startsWith('is needed')))
    throw fault('Signup requires a valid password')
  if (error.details.reason === 'single_confirmation')
    throw fault('Enable secure email change to generate link for current email')
  throw error
}

function presentLink(
  { core, manners }: Supabase,
  made: GeneratedLink,
  asked: { readonly type: string; readonly redirectTo: string },
): Answer {
  // A sign-in link for somebody unknown became a sign-up, and says so.
  const type = asked.type === 'magiclink' && made.purpose === 'sign_up' ? 'signup' : asked.type
  return json(200, {
    ...presentUser(made.user, core.settings),
    action_link: made.url,
    email_otp: made.code,
    hashed_token: manners.tokenHash({ token: made.link, pkce: false, purpose: made.purpose }),
    verification_type: type,
    redirect_to: asked.redirectTo,
  })
}
