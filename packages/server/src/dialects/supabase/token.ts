import { Refusal } from '../../base/errors.ts'
import type { Address } from '../../core/users/users.ts'
import { grantOf } from '../../flows/session/enter.ts'
import { exchangeCode } from '../../flows/session/exchange-code.ts'
import { refresh } from '../../flows/session/refresh.ts'
import { signInWithPassword } from '../../flows/sign-in/with-password.ts'
import type { Answer } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import type { Supabase } from './dialect.ts'
import { idTokenGrant } from './id-token.ts'
import { type Body, readBody } from './parse.ts'
import { presentSession } from './present.ts'
import { nowDoing } from './present-error.ts'
import { fault, oauthFault, refusal } from './refuse.ts'
import { presentVerified } from './verify.ts'
import { weakPassword } from './weak-password.ts'
import { web3Grant } from './web3.ts'

type Grant = (at: Supabase, exchange: Exchange, body: Body) => Promise<Answer> | Answer

const grants: Readonly<Record<string, Grant>> = {
  password: passwordGrant,
  refresh_token: refreshGrant,
  pkce: pkceGrant,
  id_token: idTokenGrant,
  web3: web3Grant,
}

/** POST /token: the grant named in the query. */
export function postToken(at: Supabase): Handler {
  return async (exchange) => {
    const type = exchange.query.one('grant_type') ?? ''
    const grant = Object.hasOwn(grants, type) ? grants[type] : undefined
    if (grant === undefined) throw refusal('unsupported_grant_type')
    return grant(at, exchange, await readBody(exchange))
  }
}

async function passwordGrant(at: Supabase, exchange: Exchange, body: Body): Promise<Answer> {
  const { core } = at
  nowDoing(exchange, 'password')
  if (body.has('email') && body.has('phone'))
    throw fault('Only an email address or phone number should be provided on login.')
  const password = body.exactText('password') ?? ''
  const input = { address: addressOf(at, body), password }
  const outcome = await signInWithPassword(core, at.callerOf(exchange), input)
  if (outcome.kind === 'unconfirmed')
    throw new Refusal('email' in outcome.address ? 'email_not_confirmed' : 'phone_not_confirmed')
  const grant = grantOf(outcome)
  const { weakPassword: reasons } = grant
  const weak = reasons.length === 0 ? null : weakPassword(reasons, core.settings.password)
  return presentSession(grant, core.settings, { weak_password: weak })
}

function addressOf({ core }: Supabase, body: Body): Address {
  if (body.has('phone') && !core.settings.phone.enabled) throw refusal('phone_sign_in')
  if (!body.has('email') && !body.has('phone')) throw fault('missing email or phone')
  try {
    return body.has('phone') ? { phone: body.phone() ?? '' } : { email: body.email() ?? '' }
  } catch (error) {
    throw error instanceof Refusal && malformed.has(error.code) ? new Refusal('invalid_credentials') : error
  }
}

/** Nobody has such an address, and signing in says no more than that. */
const malformed: ReadonlySet<string> = new Set(['email_address_invalid', 'phone_number_invalid'])

async function refreshGrant(at: Supabase, exchange: Exchange, body: Body): Promise<Answer> {
  nowDoing(exchange, 'refresh')
  const token = body.text('refresh_token') ?? ''
  // Anything longer might be one that was altered, and those are simply not known.
  if (token.length < 12 || (token.length === 12 && !/^[a-z0-9]+$/.test(token)))
    throw fault('Refresh token is not valid')
  return presentSession(await refresh(at.core, at.callerOf(exchange), token).catch(ofApplication), at.core.settings)
}

function ofApplication(error: unknown): never {
  if (error instanceof Refusal && error.details.reason === 'foreign')
    throw oauthFault('invalid_client', 'Client authentication required for OAuth session')
  throw error
}

async function pkceGrant(at: Supabase, exchange: Exchange, body: Body): Promise<Answer> {
  nowDoing(exchange, 'exchange')
  const code = body.text('auth_code')
  const verifier = body.text('code_verifier')
  if (code === undefined || verifier === undefined)
    throw fault('invalid request: both auth code and code verifier should be non-empty')
  return presentVerified(at, await exchangeCode(at.core, at.callerOf(exchange), { code, verifier }))
}
