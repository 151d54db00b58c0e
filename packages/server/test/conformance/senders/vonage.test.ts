import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { vonage } from '#src/core/notifications/senders/vonage.ts'
import { aText, fateOf, type LocalGateway, senderTo, startGateway } from '../../world/text-gateway.ts'

let gateway: LocalGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const sender = () => senderTo(vonage, gateway.url, { apiKey: 'abcd1234', apiSecret: 'abcdef0123456789', from: 'Acme' })
const said = (status: string, text?: string) => ({
  status: 200,
  json: { 'message-count': '1', messages: [{ to: '4915112345678', status, 'error-text': text }] },
})

describe('Vonage', () => {
  it('gets a text as its SMS interface asks for it', async () => {
    gateway.answer(said('0'))
    expect(await fateOf(sender())).toBe('sent')
    expect(gateway.requests.at(-1)).toMatchObject({
      method: 'POST',
      path: '/sms/json',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(gateway.requests.at(-1)?.form).toEqual({
      api_key: 'abcd1234',
      api_secret: 'abcdef0123456789',
      from: 'Acme',
      to: '4915112345678',
      text: '123456 is your code for Acme. Give it to nobody.',
    })
  })

  it('says so where a text needs another alphabet', async () => {
    gateway.answer(said('0'))
    await fateOf(sender(), aText({ rendered: { subject: '', html: '', text: 'é' } }))
    expect(gateway.requests.at(-1)?.form).toMatchObject({ type: 'unicode' })
  })

  it.each([
    [said('1', 'Throughput Rate Exceeded'), 'temporary vonage:1'],
    [said('3', 'Invalid to address'), 'permanent vonage:3'],
    [said('4', 'Bad Credentials'), 'refused vonage:4'],
    [said('5', 'Internal Error'), 'temporary vonage:5'],
    [said('6', 'Unroutable message'), 'permanent vonage:6'],
    [said('7', 'Number barred'), 'permanent vonage:7'],
    [said('9', 'Partner quota exceeded'), 'refused vonage:9'],
    [said('15', 'Invalid sender address'), 'refused vonage:15'],
    [said('29', 'Non-Whitelisted Destination'), 'permanent vonage:29'],
    [{ status: 200, json: 'nonsense' }, 'temporary vonage:undefined'],
    [{ status: 403, json: {} }, 'refused vonage:http_403'],
    [{ status: 429, json: {} }, 'temporary http_429'],
    ['hangs up', 'unreachable unreachable'],
  ] as const)('of %j makes %s', async (answer, fate) => {
    gateway.answer(answer)
    expect(await fateOf(sender())).toBe(fate)
  })
})
