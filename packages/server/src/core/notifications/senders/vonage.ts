import { DeliveryFailure, type FailureKind } from '../outgoing.ts'
import {
  callGateway,
  digitsOf,
  fieldOf,
  type GatewayReply,
  isTaken,
  isUnicode,
  type TextGateway,
} from './text-gateway.ts'

/** Texts over Vonage's SMS interface, which answers 200 and says inside how it went. */
export const vonage: TextGateway<'vonage'> = {
  id: 'vonage',
  name: 'Vonage',
  channels: ['sms'],
  options: {
    apiKey: { about: 'API key.' },
    apiSecret: { about: 'API secret.', secret: true },
    from: { about: 'Number or name that texts come from.' },
  },
  create({ options, url = 'https://rest.nexmo.com', outbound }) {
    const { apiKey = '', apiSecret = '', from = '' } = options
    return {
      async send(message) {
        const { text } = message.rendered
        const form = {
          api_key: apiKey,
          api_secret: apiSecret,
          from,
          to: digitsOf(message),
          text,
          type: isUnicode(text) ? 'unicode' : undefined,
        }
        const reply = await callGateway(outbound, { url: `${url}/sms/json`, form })
        const failure = failureOf(reply)
        if (failure !== undefined) throw failure
      },
    }
  },
}

const taken = '0'
/** Throttled, broken there, too many connections. */
const later = new Set(['1', '5', '10'])
/** Credentials, a closed or empty account, the sender's name. */
const ours = new Set(['4', '8', '9', '11', '14', '15'])

function failureOf({ status, body, ...rest }: GatewayReply): DeliveryFailure | undefined {
  if (!isTaken({ status, body, ...rest })) return new DeliveryFailure('refused', `vonage:http_${status}`)
  const parts = [fieldOf(body, 'messages')].flat().map((part) => String(fieldOf(part, 'status')))
  const failed = parts.find((part) => part !== taken)
  return failed === undefined ? undefined : new DeliveryFailure(kindOf(failed), `vonage:${failed}`)
}

function kindOf(status: string): FailureKind {
  if (later.has(status) || status === 'undefined') return 'temporary'
  return ours.has(status) ? 'refused' : 'permanent'
}
