import { z } from 'zod'
import { Refusal } from '../../base/errors.ts'
import { linkWithIdToken, signInWithIdToken } from '../../flows/sign-in/with-id-token.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { somebody } from './guests.ts'
import { aboutOf, backOf, isNobody, refuseSignUpOff } from './options.ts'
import { readBody, signUpOptions } from './parse.ts'
import { presentProgress } from './present.ts'
import { refusal } from './refuse.ts'

const linkBody = z.strictObject({
  provider: z.enum(['apple', 'google']),
  idToken: z.string().max(16_384),
  nonce: z.string().max(1_024).optional(),
})
const signInBody = linkBody.extend({ options: signUpOptions.optional() })

/** POST /signin/idtoken and /signup/idtoken: a session for a token that the app got from the provider itself. */
export function postIdToken(at: Nhost, whom: 'anybody' | 'newcomers'): Handler {
  return async (exchange) => {
    const { options, ...handed } = await readBody(exchange, signInBody)
    if (whom === 'newcomers') refuseSignUpOff(at)
    const done = await signInWithIdToken(at.core, at.callerOf(exchange), {
      ...handed,
      nonce: handed.nonce,
      accessToken: undefined,
      createUser: whom === 'newcomers' || at.options.autoSignUp,
      onlyNew: whom === 'newcomers',
      back: backOf(at, options),
      about: aboutOf(at, options),
    }).catch(asTold(at, whom))
    return json(200, done.kind === 'waiting' ? {} : presentProgress(done, at.options))
  }
}

/**
 * Signing up so is newer than the word that older clients know for a taken address. A token without an address is no good
 * one here, and whoever may not come in by signing in is nobody.
 */
function asTold(at: Nhost, whom: 'anybody' | 'newcomers'): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof Refusal)) throw error
    if (error.code === 'user_already_exists') throw refusal('user-already-exists')
    if (error.code === 'provider_failed' && error.details.reason === 'no_email') throw refusal('invalid-request')
    if (isEmpty(error)) throw refusal('oauth-profile-fetch-failed')
    throw whom === 'anybody' && isNobody(at, error) ? refusal('invalid-email-password') : error
  }
}

/** A token that names nobody is a profile that could not be had; one without the claim is no good one. */
const isEmpty = ({ code, details }: Refusal): boolean => code === 'id_token_invalid' && details['empty'] === true

/** POST /link/idtoken: connects the account the token speaks for with the bearer's. */
export function postLinkIdToken(at: Nhost): Handler {
  return async (exchange) => {
    const handed = await readBody(exchange, linkBody)
    const { user, session } = somebody(exchange)
    await linkWithIdToken(at.core, at.callerOf(exchange), {
      ...handed,
      nonce: handed.nonce,
      accessToken: undefined,
      user,
      session,
      as: 'new_session',
    }).catch((error: unknown) => {
      throw error instanceof Refusal && isEmpty(error) ? refusal('oauth-profile-fetch-failed') : error
    })
    return json(200, 'OK')
  }
}
