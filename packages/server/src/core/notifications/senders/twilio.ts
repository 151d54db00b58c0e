import { DeliveryFailure, type OutgoingMessage } from '../outgoing.ts'
import { basic, callGateway, fieldOf, type GatewayReply, isTaken, type TextGateway } from './text-gateway.ts'

/** Texts and WhatsApp over Twilio's Messages resource. */
export const twilio: TextGateway<'twilio'> = {
  id: 'twilio',
  name: 'Twilio',
  channels: ['sms', 'whatsapp'],
  options: {
    accountSid: { about: 'Account SID.' },
    authToken: { about: 'Auth token.', secret: true },
    sender: { about: 'Messaging service (`MG…`), number or name that texts come from.' },
    contentSid: { about: 'Approved template (`HX…`) for WhatsApp; its first variable is the code.', optional: true },
  },
  create({ options, url = 'https://api.twilio.com', outbound }) {
    const { accountSid = '', authToken = '' } = options
    const place = `${url}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`
    const headers = { authorization: basic(accountSid, authToken) }
    return {
      async send(message) {
        const reply = await callGateway(outbound, { url: place, headers, form: formOf(message, options) })
        if (!isTaken(reply)) throw failureOf(reply)
      },
    }
  },
}

function formOf(
  { to, channel, template, rendered, values }: OutgoingMessage,
  options: Readonly<Record<string, string>>,
) {
  const { sender = '', contentSid } = options
  const byWhatsApp = channel === 'whatsapp'
  const isService = sender.startsWith('MG')
  const isTemplated = byWhatsApp && contentSid !== undefined && template === 'sms_code'
  return {
    To: byWhatsApp ? `whatsapp:${to}` : to,
    From: isService ? undefined : byWhatsApp && !sender.startsWith('whatsapp:') ? `whatsapp:${sender}` : sender,
    MessagingServiceSid: isService ? sender : undefined,
    Body: isTemplated ? undefined : rendered.text,
    ContentSid: isTemplated ? contentSid : undefined,
    ContentVariables: isTemplated ? JSON.stringify({ '1': values.code ?? '' }) : undefined,
  }
}

/** About the sender or the account: every other message would meet it too. */
const ours = new Set([21212, 21603, 21606, 21659, 21660, 21661, 21703, 21705, 63007])
const queueFull = 21611

function failureOf({ status, body }: GatewayReply): DeliveryFailure {
  const fault = fieldOf(body, 'code')
  const reason = `twilio:${typeof fault === 'number' ? fault : status}`
  if (fault === queueFull) return new DeliveryFailure('temporary', reason)
  const isOurs = status === 403 || status === 404 || (typeof fault === 'number' && ours.has(fault))
  return new DeliveryFailure(isOurs ? 'refused' : 'permanent', reason)
}
