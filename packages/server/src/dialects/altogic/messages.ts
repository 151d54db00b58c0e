import type { Address } from '../../core/users/users.ts'
import { recover } from '../../flows/account/recover.ts'
import { resend } from '../../flows/attempt/resend.ts'
import { sendSignInCode } from '../../flows/sign-in/with-code.ts'
import { noContent } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import { type Channel, isOpen } from './channel.ts'
import type { Altogic } from './dialect.ts'
import type { OwnError } from './errors.ts'
import { emailInQuery, phoneInQuery } from './parse.ts'
import { refusal } from './refuse.ts'

const readAddress = {
  email: (exchange: Exchange): Address => ({ email: emailInQuery(exchange) }),
  phone: (exchange: Exchange): Address => ({ phone: phoneInQuery(exchange) }),
} as const

const words: Readonly<Record<Channel, Readonly<Record<'unverified' | 'verified' | 'off', OwnError>>>> = {
  email: { unverified: 'email_not_verified', verified: 'email_already_verified', off: 'email_verification_disabled' },
  phone: { unverified: 'phone_not_verified', verified: 'phone_already_verified', off: 'phone_verification_disabled' },
}

/**
 * Whether anybody has proved an address. An address that nobody has is as good as any: nobody learns which ones exist; and
 * where a taken one is not told, nobody learns what has become of it either.
 */
async function isVerified({ core, options }: Altogic, address: Address): Promise<boolean | undefined> {
  if (!options.tellsTaken) return undefined
  const owner = await core.users.findByAddress(address)
  if (owner === undefined) return undefined
  return 'email' in address ? owner.emailConfirmedAt !== null : owner.phoneConfirmedAt !== null
}

function confirms({ core }: Altogic, channel: Channel): boolean {
  const { emailConfirmation, phoneConfirmation } = core.settings.signUp
  return channel === 'email' ? emailConfirmation : phoneConfirmation
}

/** POST /resend and /resend-code: the message of a sign-up once more. */
export function postResend(at: Altogic, channel: Channel): Handler {
  return async (exchange) => {
    const address = readAddress[channel](exchange)
    if (!confirms(at, channel)) throw refusal(words[channel].off)
    if ((await isVerified(at, address)) === true) throw refusal(words[channel].verified)
    const kind = channel === 'email' ? 'sign_up' : 'sms'
    await resend(at.core, at.callerOf(exchange), { kind, address, back: { redirectTo: at.options.redirectUrl } })
    return noContent()
  }
}

/** POST /send-magic and /send-code: a link or a code that signs in. */
export function postSendSignIn(at: Altogic, channel: Channel): Handler {
  return async (exchange) => {
    const address = readAddress[channel](exchange)
    if (channel === 'phone' && !at.options.smsCodes) throw refusal('sms_auth_codes_disabled')
    if (channel === 'email' && !confirms(at, channel)) throw refusal(words[channel].off)
    if (confirms(at, channel) && (await isVerified(at, address)) === false) throw refusal(words[channel].unverified)
    await sendSignInCode(at.core, at.callerOf(exchange), {
      address,
      createUser: false,
      about: {},
      back: { redirectTo: at.options.redirectUrl },
    })
    return noContent()
  }
}

/** POST /send-reset and /send-reset-code: a link or a code for a new password. Some clients name a phone at the first. */
export function postSendReset(at: Altogic, channel: Channel | 'either'): Handler {
  return async (exchange) => {
    const by = channel === 'either' ? (exchange.query.one('phone') === undefined ? 'email' : 'phone') : channel
    if (!isOpen(at, by)) throw refusal('not_allowed')
    const address = readAddress[by](exchange)
    if (!confirms(at, by)) throw refusal(words[by].off)
    if ((await isVerified(at, address)) === false) throw refusal(words[by].unverified)
    await recover(at.core, at.callerOf(exchange), { address, back: { redirectTo: at.options.redirectUrl } })
    return noContent()
  }
}
