import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { JsonObject } from '../../core/users/user.ts'
import type { Address } from '../../core/users/users.ts'
import type { Return } from '../../flows/attempt/send.ts'
import { isTestNumber } from '../../flows/attempt/texts.ts'
import { type CodeSent, sendSignInCode } from '../../flows/sign-in/with-code.ts'
import { type Answer, json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { type Body, backOf, challengeOf, channelOf, readBody } from './parse.ts'
import { fault, refusal } from './refuse.ts'

/** POST /otp: mails a code and a link that sign in, or texts a code. */
export function postOtp(at: Supabase): Handler {
  return async (exchange) => {
    const body = await readBody(exchange)
    const byPhone = body.has('phone')
    if (body.has('email') && byPhone) throw fault('Only an email address or phone number should be provided')
    if (!byPhone && body.has('channel')) throw fault('Channel should only be specified with Phone OTP')
    if (byPhone) return sendText(at, exchange, body)
    const back = backOf(at.core, exchange, body)
    const email = body.email()
    if (email === undefined) throw fault('One of email or phone must be set')
    const createUser = body.flag('create_user') ?? true
    refuseNobody(at, await sendTo(at, exchange, body, { email, createUser, back }), createUser)
    return json(200, {})
  }
}

async function sendText(at: Supabase, exchange: Exchange, body: Body): Promise<Answer> {
  const { core } = at
  // Nothing of a text is bound to a challenge, but half of one is told of here too.
  challengeOf(body)
  if (!core.settings.phone.enabled) throw refusal('phone_code')
  const address = { phone: body.phone() ?? '' }
  const channel = channelOf(core, body)
  const createUser = body.flag('create_user') ?? true
  const about = { metadata: body.object('data') }
  const asked = { address, channel, createUser, about, back: {} }
  refuseNobody(at, await sendSignInCode(core, at.callerOf(exchange), asked), createUser)
  return json(200, messageId(core, address))
}

/** What is known of a text that leaves later: nothing, save for the numbers of tests. */
export function messageId(core: Pick<Core, 'settings'>, address: Address): JsonObject {
  return isTestNumber(core, address) ? { message_id: 'test-otp' } : {}
}

/** POST /magiclink: the same for an e-mail address, always with user creation. */
export function postMagicLink(at: Supabase): Handler {
  return async (exchange) => {
    const body = await readBody(exchange)
    const email = body.email()
    if (email === undefined) throw refusal('recovery_email')
    const back = backOf(at.core, exchange, body)
    refuseNobody(at, await sendTo(at, exchange, body, { email, createUser: true, back }), true)
    return json(200, {})
  }
}

function sendTo(
  at: Supabase,
  exchange: Exchange,
  body: Body,
  { email, createUser, back }: { readonly email: string; readonly createUser: boolean; readonly back: Return },
): Promise<CodeSent> {
  const about = { metadata: body.object('data') }
  return sendSignInCode(at.core, at.callerOf(exchange), { address: { email }, createUser, about, back })
}

/** Clients are written against being told that nobody is there, where nobody is made; see the README under S13. */
function refuseNobody({ tellsUnknown }: Supabase, { nobody }: CodeSent, createUser: boolean): void {
  if (nobody && tellsUnknown) throw createUser ? new Refusal('signup_disabled') : refusal('otp_disabled')
}
