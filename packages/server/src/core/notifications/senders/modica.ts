import { DeliveryFailure } from '../outgoing.ts'
import { basic, callGateway, fieldOf, type GatewayReply, isTaken, type TextGateway } from './text-gateway.ts'

/** Texts over Modica's Mobile Gateway, version 1. */
export const modica: TextGateway<'modica'> = {
  id: 'modica',
  name: 'Modica',
  channels: ['sms'],
  options: {
    username: { about: 'Name of the gateway application.' },
    password: { about: 'Password of the gateway application.', secret: true },
    source: { about: 'Number or short code that texts come from; default the application’s.', optional: true },
  },
  create({ options, url = 'https://api.modicagroup.com', outbound }) {
    const { username = '', password = '', source } = options
    const headers = {
      authorization: basic(username, password),
      accept: 'application/vnd.modica.gateway.v1+json',
    }
    return {
      async send({ to, rendered }) {
        const json = { destination: to, content: rendered.text, ...(source === undefined ? {} : { source }) }
        const reply = await callGateway(outbound, { url: `${url}/rest/gateway/messages`, headers, json })
        if (!isTaken(reply)) throw failureOf(reply)
      },
    }
  },
}

function failureOf({ status, body }: GatewayReply): DeliveryFailure {
  const error = fieldOf(body, 'error')
  const reason = `modica:${typeof error === 'string' ? error : status}`
  if (error === 'send_failed') return new DeliveryFailure('temporary', reason)
  return new DeliveryFailure(status === 403 || status === 404 ? 'refused' : 'permanent', reason)
}
