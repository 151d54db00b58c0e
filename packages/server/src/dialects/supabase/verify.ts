import { Refusal } from '../../base/errors.ts'
import type { Purpose } from '../../core/tickets/ticket.ts'
import { type Verified, verifyCode, verifyLink } from '../../flows/attempt/verify.ts'
import { grantOf } from '../../flows/session/enter.ts'
import { type Answer, json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { tokenOfHash } from './manners.ts'
import { type Body, readBody } from './parse.ts'
import { presentSession } from './present.ts'
import { nowDoing } from './present-error.ts'
import { fault, refusal } from './refuse.ts'

const purposes: Readonly<Record<string, readonly Purpose[]>> = {
  signup: ['sign_up', 'invite', 'sign_in'],
  invite: ['invite', 'sign_up'],
  magiclink: ['sign_in'],
  recovery: ['recovery'],
  email: ['sign_up', 'invite', 'sign_in'],
  email_change: ['email_change', 'email_change_current'],
}

/** What is sent to telephones. */
const textPurposes: Readonly<Record<string, readonly Purpose[]>> = {
  sms: ['sign_up', 'sign_in'],
  phone_change: ['phone_change'],
}

/** What tickets a link or code of this type may stand for; none for types nobody knows. */
export function purposesOf(type: string): readonly Purpose[] | undefined {
  return Object.hasOwn(purposes, type) ? purposes[type] : undefined
}

const textPurposesOf = (type: string) => (Object.hasOwn(textPurposes, type) ? textPurposes[type] : undefined)

export const halfwayText = 'Confirmation link accepted. Please proceed to confirm link sent to the other email'

/** POST /verify: a typed code with its address, or the token hash of a link, for a session. */
export function postVerify(at: Supabase): Handler {
  return async (exchange) => {
    const body = await readBody(exchange)
    const type = body.text('type')
    if (type === undefined) throw fault('Verify requires a verification type')
    const token = body.text('token')
    const hash = body.text('token_hash')
    if ((token === undefined) === (hash === undefined)) throw fault('Verify requires either a token or a token hash')
    const verified =
      hash === undefined
        ? await byCode(at, exchange, body, type)
        : await byHash(at, exchange, body, { type, token: tokenOfHash(hash) })
    return presentVerified(at, verified)
  }
}

async function byHash(
  { core, callerOf }: Supabase,
  exchange: Exchange,
  body: Body,
  { type, token }: { readonly type: string; readonly token: string },
): Promise<Verified> {
  nowDoing(exchange, 'link')
  if (body.has('email') || body.has('phone') || body.has('redirect_to'))
    throw fault('Only the token_hash and type should be provided')
  const accepted = purposesOf(type)
  if (accepted === undefined) throw fault('Invalid email verification type')
  return verifyLink(core, callerOf(exchange), { token, purposes: accepted })
}

async function byCode({ core, callerOf }: Supabase, exchange: Exchange, body: Body, type: string): Promise<Verified> {
  if (body.has('email') === body.has('phone'))
    throw fault('Only an email address or phone number should be provided on verify')
  const byPhone = body.has('phone')
  const address = byPhone ? { phone: body.phone() ?? '' } : { email: emailOf(body) }
  const accepted = byPhone ? textPurposesOf(type) : purposesOf(type)
  if (accepted === undefined) throw new Refusal('otp_expired')
  const input = { address, code: body.text('token') ?? '', purposes: accepted }
  return verifyCode(core, callerOf(exchange), input)
}

function emailOf(body: Body): string {
  try {
    const email = body.email()
    if (email !== undefined) return email
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
  }
  throw refusal('email_format')
}

/** What a proof yields: a session, or word that the other address is still asked. */
export function presentVerified({ core }: Pick<Supabase, 'core'>, verified: Verified): Answer {
  // The code is text here: clients tell this answer from a session by it.
  if (verified.kind === 'half') return json(200, { msg: halfwayText, code: '200' })
  return presentSession(grantOf(verified), core.settings)
}
