import { z } from 'zod'
import { qrPng } from '../../core/factors/qr-png.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { findAttempt } from '../../flows/attempt/progress.ts'
import { optionsOf, type ProofOption } from '../../flows/attempt/step.ts'
import { answerFactor } from '../../flows/factor/answer.ts'
import { hasApp, prepareApp, switchAppOff, switchAppOn } from '../../flows/factor/switch-app.ts'
import { signedInKey } from '../../gate/bearer.ts'
import { json } from '../../http/answer.ts'
import type { Handler } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'
import { somebody } from './guests.ts'
import { readBody } from './parse.ts'
import { mfaPrefix, presentProgress } from './present.ts'
import { refusal, told } from './refuse.ts'

/** Pixels of the QR code; apps on phones show it as the picture it is, so it is no drawing. */
const pictureSide = 200

/** GET /mfa/totp/generate: a new seed; it protects nothing before its first code. */
export function getTotp(at: Nhost): Handler {
  return async (exchange) => {
    const { factors, name } = at.core.settings
    if (!factors.totp) throw refusal('disabled-endpoint')
    const whose = somebody(exchange)
    const issuer = factors.issuer ?? name
    const shown = await prepareApp(at.core, at.callerOf(exchange), { ...whose, issuer }).catch(
      told({ conflict: 'totp-already-active' }),
    )
    const picture = Buffer.from(await qrPng(shown.uri, pictureSide))
    return json(200, { imageUrl: `data:image/png;base64,${picture.toString('base64')}`, totpSecret: shown.secret })
  }
}

const switchBody = z.strictObject({ code: z.string().max(64), activeMfaType: z.enum(['totp', '']).optional() })

/** POST /user/mfa: switches the authenticator app on, or off where no type is named. */
export function postMfa(at: Nhost): Handler {
  return async (exchange) => {
    const { code, activeMfaType } = await readBody(exchange, switchBody)
    const whose = exchange.need(signedInKey)
    if (!at.core.settings.factors.totp && !hasApp(whose.user)) throw refusal('disabled-endpoint')
    const input = { ...somebody(exchange), code }
    const caller = at.callerOf(exchange)
    const wrong = { mfa_verification_failed: 'invalid-totp' } as const
    if (activeMfaType === 'totp')
      await switchAppOn(at.core, caller, input).catch(
        told({ ...wrong, conflict: 'totp-already-active', not_found: 'no-totp-secret' }),
      )
    else await switchAppOff(at.core, caller, input).catch(told({ ...wrong, not_found: 'disabled-mfa-totp' }))
    return json(200, 'OK')
  }
}

const signInBody = z.strictObject({
  ticket: z
    .string()
    .max(512)
    .regex(/^mfaTotp:/, 'must be a ticket of a sign-in'),
  otp: z.string().max(64),
})

/** What can be typed there: a code of an app, or one of those that stand in for it. */
const isTyped = ({ type }: ProofOption): boolean => type === 'totp' || type === 'recovery_code'

/**
 * The sign-in that waits behind a ticket. Where apps are switched off it waits all the same for whoever has one: their
 * account is neither locked nor opened by that, and only nobody's tickets find the endpoint gone.
 */
async function waiting({ core }: Nhost, attempt: string): Promise<Ticket> {
  const { totp } = core.settings.factors
  const gone = totp ? 'invalid-ticket' : 'disabled-endpoint'
  const ticket = await findAttempt(core, attempt).catch(told({ attempt_expired: gone }))
  if (ticket.purpose !== 'second_factor') throw refusal(gone)
  if (!optionsOf(ticket.payload).some(isTyped)) throw refusal(totp ? 'disabled-mfa-totp' : 'disabled-endpoint')
  return ticket
}

/** POST /signin/mfa/totp: the second factor of a sign-in that waits for it. */
export function postSignInTotp(at: Nhost): Handler {
  return async (exchange) => {
    const { ticket: text, otp } = await readBody(exchange, signInBody)
    const dead = told({ attempt_expired: 'invalid-ticket', mfa_verification_failed: 'invalid-totp' })
    const ticket = await waiting(at, text.slice(mfaPrefix.length))
    const said = { ticket, session: undefined, option: undefined, code: otp, name: undefined }
    return json(200, presentProgress(await answerFactor(at.core, at.callerOf(exchange), said).catch(dead), at.options))
  }
}
