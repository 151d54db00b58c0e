import { Refusal } from '../../base/errors.ts'
import type { JsonObject } from '../../core/users/user.ts'
import { signUpAnonymously } from '../../flows/sign-up/anonymously.ts'
import { type PasswordSignUp, type SignUpOutcome, signUpWithPassword } from '../../flows/sign-up/with-password.ts'
import { awaitingApproval } from '../../flows/steps/hold-newcomer.ts'
import { type Answer, json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { type Body, backOf, channelOf, readBody } from './parse.ts'
import { presentConcealed, presentSession, presentSignedUp } from './present.ts'
import { fault, refusal } from './refuse.ts'

/** POST /signup: with an address and a password, or as a guest without either. */
export function postSignUp(at: Supabase): Handler {
  const { core } = at
  return async (exchange) => {
    const body = await readBody(exchange)
    const metadata = body.object('data') ?? {}
    if (!body.has('email') && !body.has('phone')) {
      return presentSession(await signUpAnonymously(core, at.callerOf(exchange), { metadata }), core.settings)
    }
    const input = readSignUp(at, exchange, body, metadata)
    return present(at, input, metadata, await signUpWithPassword(core, at.callerOf(exchange), input))
  }
}

function readSignUp({ core }: Supabase, exchange: Exchange, body: Body, metadata: JsonObject): PasswordSignUp {
  if (!core.settings.signUp.enabled) throw new Refusal('signup_disabled')
  const password = body.text('password')
  if (password === undefined) throw fault('Signup requires a valid password')
  if (body.has('email') && body.has('phone'))
    throw fault('Only an email address or phone number should be provided on signup.')
  if (body.has('phone')) {
    const channel = channelOf(core, body)
    if (body.has('code_challenge')) throw fault('PKCE not supported for phone signups')
    if (!core.settings.phone.enabled) throw refusal('phone_sign_up')
    return { address: { phone: body.phone() ?? '' }, channel, password, about: { metadata }, back: {} }
  }
  const back = backOf(core, exchange, body)
  return { address: { email: body.email() ?? '' }, password, about: { metadata }, back }
}

function present(
  { core }: Supabase,
  { address }: PasswordSignUp,
  metadata: JsonObject,
  outcome: SignUpOutcome,
): Answer {
  switch (outcome.kind) {
    case 'complete':
      return presentSession(outcome.grant, core.settings)
    case 'confirm':
      return json(200, presentSignedUp(outcome.user, core.settings))
    case 'held':
      throw awaitingApproval()
    case 'concealed': {
      const made = { id: outcome.userId, address, metadata, at: core.runtime.now() }
      return json(200, presentConcealed(made, core.settings))
    }
  }
}
