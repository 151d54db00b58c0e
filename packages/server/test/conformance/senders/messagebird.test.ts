import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { messagebird } from '#src/core/notifications/senders/messagebird.ts'
import { aText, fateOf, type LocalGateway, senderTo, startGateway } from '../../world/text-gateway.ts'

let gateway: LocalGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const sender = () => senderTo(messagebird, gateway.url, { accessKey: 'live_key', originator: 'Acme' })
const fault = (status: number, code: number, parameter: string | null = null) => ({
  status,
  json: { errors: [{ code, description: 'no', parameter }] },
})

describe('MessageBird', () => {
  it('gets a text as its SMS interface asks for it', async () => {
    gateway.answer({ status: 201, json: { id: 'e8077d803532c0b5937c639b60216938' } })
    expect(await fateOf(sender())).toBe('sent')
    expect(gateway.requests.at(-1)).toMatchObject({
      method: 'POST',
      path: '/messages',
      headers: { authorization: 'AccessKey live_key', accept: 'application/json' },
    })
    expect(gateway.requests.at(-1)?.form).toEqual({
      originator: 'Acme',
      recipients: '4915112345678',
      body: '123456 is your code for Acme. Give it to nobody.',
      type: 'sms',
      datacoding: 'plain',
    })
  })

  it('says so where a text needs another alphabet', async () => {
    gateway.answer({ status: 201, json: {} })
    await fateOf(sender(), aText({ rendered: { subject: '', html: '', text: '確認コードは 123456 です。' } }))
    expect(gateway.requests.at(-1)?.form).toMatchObject({ datacoding: 'unicode', body: '確認コードは 123456 です。' })
  })

  it.each([
    [fault(422, 10, 'recipients'), 'permanent messagebird:10'],
    [fault(422, 9, 'recipients'), 'permanent messagebird:9'],
    [fault(422, 10, 'originator'), 'refused messagebird:10'],
    [fault(422, 25), 'refused messagebird:25'],
    [fault(401, 2, 'access_key'), 'refused http_401'],
    [fault(405, 99), 'temporary messagebird:99'],
    [fault(429, 99), 'temporary http_429'],
    [fault(500, 99), 'temporary http_500'],
    ['hangs up', 'unreachable unreachable'],
  ] as const)('of %j makes %s', async (answer, fate) => {
    gateway.answer(answer)
    expect(await fateOf(sender())).toBe(fate)
  })
})
