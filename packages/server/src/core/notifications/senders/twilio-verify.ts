import { DeliveryFailure } from '../outgoing.ts'
import { basic, callGateway, fieldOf, type GatewayReply, isTaken, type TextGateway } from './text-gateway.ts'

/**
 * Codes over Twilio Verify, which makes them up, writes the texts and compares what was typed. While one is pending it sends
 * the same again. Other messages do not leave this way.
 */
export const twilioVerify: TextGateway<'twilio_verify'> = {
  id: 'twilio_verify',
  name: 'Twilio Verify',
  channels: ['sms', 'whatsapp'],
  options: {
    accountSid: { about: 'Account SID.' },
    authToken: { about: 'Auth token.', secret: true },
    serviceSid: { about: 'Verify service (`VA…`). Let its codes be as long as `codes.length` says.' },
  },
  create({ options, url = 'https://verify.twilio.com', outbound }) {
    const { accountSid = '', authToken = '', serviceSid = '' } = options
    const service = `${url}/v2/Services/${encodeURIComponent(serviceSid)}`
    const headers = { authorization: basic(accountSid, authToken) }
    return {
      async send({ to, channel, template }) {
        if (template !== 'sms_code') throw new DeliveryFailure('permanent', 'not_a_code')
        const form = { To: to, Channel: channel }
        const reply = await callGateway(outbound, { url: `${service}/Verifications`, headers, form })
        if (!isTaken(reply)) throw failureOf(reply)
      },
      async check(to, code) {
        const form = { To: to, Code: code }
        const reply = await callGateway(outbound, { url: `${service}/VerificationCheck`, headers, form }).catch(tooMany)
        return isTaken(reply) && fieldOf(reply.body, 'status') === 'approved'
      },
    }
  },
}

/** Too many tries at one code: none of them is right any more. */
function tooMany(error: unknown): GatewayReply {
  if (error instanceof DeliveryFailure && error.reason === 'http_429') return { status: 429, body: undefined }
  throw error
}

/** The number is blocked, or its country is closed. */
const aboutNumber = new Set([60410, 60605])

function failureOf({ status, body }: GatewayReply): DeliveryFailure {
  const fault = fieldOf(body, 'code')
  const reason = `twilio_verify:${typeof fault === 'number' ? fault : status}`
  const isOurs = (status === 403 || status === 404) && !(typeof fault === 'number' && aboutNumber.has(fault))
  return new DeliveryFailure(isOurs ? 'refused' : 'permanent', reason)
}
