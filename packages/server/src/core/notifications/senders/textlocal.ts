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

/** Texts over Textlocal, which answers 200 and says inside how it went. */
export const textlocal: TextGateway<'textlocal'> = {
  id: 'textlocal',
  name: 'Textlocal',
  channels: ['sms'],
  options: {
    apiKey: { about: 'API key.', secret: true },
    sender: { about: 'Approved name that texts come from.' },
  },
  create({ options, url = 'https://api.textlocal.in', outbound }) {
    const { apiKey = '', sender = '' } = options
    return {
      async send(message) {
        const { text } = message.rendered
        const unicode = isUnicode(text) ? 'true' : undefined
        const form = { apikey: apiKey, sender, numbers: digitsOf(message), message: text, unicode }
        const reply = await callGateway(outbound, { url: `${url}/send/`, form })
        if (!isTaken(reply) || fieldOf(reply.body, 'status') !== 'success') throw failureOf(reply)
      },
    }
  },
}

/** No or unknown command, login, credits, the sender's name, a template that was not registered. */
const ours = new Set([1, 2, 3, 7, 43, 44, 80])
/** Outside the hours in which texts may be sent. */
const later = new Set([192])

function failureOf({ status, body }: GatewayReply): DeliveryFailure {
  const [first] = [fieldOf(body, 'errors')].flat()
  const fault = fieldOf(first, 'code')
  if (typeof fault !== 'number')
    return new DeliveryFailure(status === 403 ? 'refused' : 'temporary', `textlocal:${status}`)
  return new DeliveryFailure(kindOf(fault), `textlocal:${fault}`)
}

function kindOf(fault: number): FailureKind {
  if (ours.has(fault)) return 'refused'
  return later.has(fault) ? 'temporary' : 'permanent'
}
