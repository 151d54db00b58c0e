import { DeliveryFailure } from '../outgoing.ts'
import {
  callGateway,
  digitsOf,
  fieldOf,
  type GatewayReply,
  isTaken,
  isUnicode,
  type TextGateway,
} from './text-gateway.ts'

/** Texts over MessageBird's SMS interface. */
export const messagebird: TextGateway<'messagebird'> = {
  id: 'messagebird',
  name: 'MessageBird',
  channels: ['sms'],
  options: {
    accessKey: { about: 'Access key.', secret: true },
    originator: { about: 'Number, or name of up to 11 letters and digits, that texts come from.' },
  },
  create({ options, url = 'https://rest.messagebird.com', outbound }) {
    const { accessKey = '', originator = '' } = options
    const headers = { authorization: `AccessKey ${accessKey}` }
    return {
      async send(message) {
        const { text } = message.rendered
        const form = {
          originator,
          recipients: digitsOf(message),
          body: text,
          type: 'sms',
          datacoding: isUnicode(text) ? 'unicode' : 'plain',
        }
        const reply = await callGateway(outbound, { url: `${url}/messages`, headers, form })
        if (!isTaken(reply)) throw failureOf(reply)
      },
    }
  },
}

const faults = { notAllowed: 2, noBalance: 25, internal: 99 } as const

function failureOf({ status, body }: GatewayReply): DeliveryFailure {
  const [first] = [fieldOf(body, 'errors')].flat()
  const fault = fieldOf(first, 'code')
  const reason = `messagebird:${typeof fault === 'number' ? fault : status}`
  if (fault === faults.internal) return new DeliveryFailure('temporary', reason)
  const isOurs =
    fault === faults.notAllowed || fault === faults.noBalance || fieldOf(first, 'parameter') === 'originator'
  return new DeliveryFailure(isOurs || status === 403 || status === 404 ? 'refused' : 'permanent', reason)
}
