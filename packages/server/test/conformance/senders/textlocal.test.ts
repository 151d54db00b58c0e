import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { textlocal } from '#src/core/notifications/senders/textlocal.ts'
import { aText, fateOf, type LocalGateway, senderTo, startGateway } from '../../world/text-gateway.ts'

let gateway: LocalGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const sender = () => senderTo(textlocal, gateway.url, { apiKey: 'the key', sender: 'TXTLCL' })
const fault = (code: number) => ({
  status: 200,
  json: { errors: [{ code, message: 'no' }], status: 'failure' },
})

describe('Textlocal', () => {
  it('gets a text as its send command asks for it', async () => {
    gateway.answer({ status: 200, json: { balance: 10, cost: 1, num_messages: 1, status: 'success' } })
    expect(await fateOf(sender())).toBe('sent')
    expect(gateway.requests.at(-1)).toMatchObject({ method: 'POST', path: '/send/' })
    expect(gateway.requests.at(-1)?.form).toEqual({
      apikey: 'the key',
      sender: 'TXTLCL',
      numbers: '4915112345678',
      message: '123456 is your code for Acme. Give it to nobody.',
    })
    await fateOf(sender(), aText({ rendered: { subject: '', html: '', text: 'कोड 123456' } }))
    expect(gateway.requests.at(-1)?.form).toMatchObject({ unicode: 'true', message: 'कोड 123456' })
  })

  it.each([
    [fault(3), 'refused textlocal:3'],
    [fault(6), 'permanent textlocal:6'],
    [fault(7), 'refused textlocal:7'],
    [fault(32), 'permanent textlocal:32'],
    [fault(43), 'refused textlocal:43'],
    [fault(51), 'permanent textlocal:51'],
    [fault(192), 'temporary textlocal:192'],
    [{ status: 200, json: '<html>' }, 'temporary textlocal:200'],
    [{ status: 502, json: {} }, 'temporary http_502'],
    ['hangs up', 'unreachable unreachable'],
  ] as const)('of %j makes %s', async (answer, fate) => {
    gateway.answer(answer)
    expect(await fateOf(sender())).toBe(fate)
  })
})
