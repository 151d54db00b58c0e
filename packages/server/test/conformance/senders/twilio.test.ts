import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { twilio } from '#src/core/notifications/senders/twilio.ts'
import { aText, fateOf, type LocalGateway, senderTo, startGateway } from '../../world/text-gateway.ts'

let gateway: LocalGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const account = { accountSid: `AC${'a'.repeat(32)}`, authToken: 'the token' }
const taken = { status: 201, json: { sid: 'SM1', status: 'queued', error_code: null } }
const fault = (status: number, code: number) => ({
  status,
  json: { code, message: 'no', more_info: `https://www.twilio.com/docs/errors/${code}`, status },
})

describe('Twilio', () => {
  it('gets a text as its Messages resource asks for it', async () => {
    gateway.answer(taken)
    expect(await fateOf(senderTo(twilio, gateway.url, { ...account, sender: '+15005550006' }))).toBe('sent')
    const sent = gateway.requests.at(-1)
    expect(sent).toMatchObject({
      method: 'POST',
      path: `/2010-04-01/Accounts/${account.accountSid}/Messages.json`,
      headers: {
        authorization: `Basic ${Buffer.from(`${account.accountSid}:the token`).toString('base64')}`,
        'content-type': 'application/x-www-form-urlencoded',
      },
    })
    expect(sent?.form).toEqual({
      To: '+4915112345678',
      From: '+15005550006',
      Body: '123456 is your code for Acme. Give it to nobody.',
    })
  })

  it('names a messaging service as such', async () => {
    gateway.answer(taken)
    const sender = `MG${'b'.repeat(32)}`
    await fateOf(senderTo(twilio, gateway.url, { ...account, sender }))
    expect(gateway.requests.at(-1)?.form).toMatchObject({ MessagingServiceSid: sender })
    expect(gateway.requests.at(-1)?.form).not.toHaveProperty('From')
  })

  it('sends over WhatsApp, with the approved template where there is one', async () => {
    gateway.answer(taken)
    const message = aText({ channel: 'whatsapp' })
    await fateOf(senderTo(twilio, gateway.url, { ...account, sender: '+15005550006' }), message)
    expect(gateway.requests.at(-1)?.form).toEqual({
      To: 'whatsapp:+4915112345678',
      From: 'whatsapp:+15005550006',
      Body: message.rendered.text,
    })
    const contentSid = `HX${'c'.repeat(32)}`
    await fateOf(senderTo(twilio, gateway.url, { ...account, sender: '+15005550006', contentSid }), message)
    expect(gateway.requests.at(-1)?.form).toEqual({
      To: 'whatsapp:+4915112345678',
      From: 'whatsapp:+15005550006',
      ContentSid: contentSid,
      ContentVariables: '{"1":"123456"}',
    })
  })

  it.each([
    [fault(400, 21211), 'permanent twilio:21211'],
    [fault(400, 21610), 'permanent twilio:21610'],
    [fault(400, 21408), 'permanent twilio:21408'],
    [fault(400, 21606), 'refused twilio:21606'],
    [fault(400, 21611), 'temporary twilio:21611'],
    [fault(401, 20003), 'refused http_401'],
    [fault(404, 20404), 'refused twilio:20404'],
    [fault(429, 20429), 'temporary http_429'],
    [fault(503, 20503), 'temporary http_503'],
    ['hangs up', 'unreachable unreachable'],
  ] as const)('of %j makes %s', async (answer, fate) => {
    gateway.answer(answer)
    expect(await fateOf(senderTo(twilio, gateway.url, { ...account, sender: '+15005550006' }))).toBe(fate)
  })

  it('is unreachable where nobody listens, and is not asked where that is not allowed', async () => {
    const options = { ...account, sender: '+15005550006' }
    expect(await fateOf(senderTo(twilio, 'http://127.0.0.1:9', options))).toMatch(/^refused|unreachable/)
    expect(await fateOf(senderTo(twilio, 'http://10.0.0.1:8080', options))).toBe('refused not_allowed')
  })
})
