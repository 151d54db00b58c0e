import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { modica } from '#src/core/notifications/senders/modica.ts'
import { fateOf, type LocalGateway, senderTo, startGateway } from '../../world/text-gateway.ts'

let gateway: LocalGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const account = { username: 'acme', password: 'the password' }
const fault = (status: number, error: string) => ({ status, json: { error, 'error-desc': 'no' } })

describe('Modica', () => {
  it('gets a text as its Mobile Gateway asks for it', async () => {
    gateway.answer({ status: 201, json: [123456] })
    expect(await fateOf(senderTo(modica, gateway.url, account))).toBe('sent')
    const sent = gateway.requests.at(-1)
    expect(sent).toMatchObject({
      method: 'POST',
      path: '/rest/gateway/messages',
      headers: {
        authorization: `Basic ${Buffer.from('acme:the password').toString('base64')}`,
        'content-type': 'application/json',
        accept: 'application/vnd.modica.gateway.v1+json',
      },
    })
    expect(JSON.parse(sent?.body ?? '')).toEqual({
      destination: '+4915112345678',
      content: '123456 is your code for Acme. Give it to nobody.',
    })
    await fateOf(senderTo(modica, gateway.url, { ...account, source: '2550' }))
    expect(JSON.parse(gateway.requests.at(-1)?.body ?? '')).toMatchObject({ source: '2550' })
  })

  it.each([
    [fault(400, 'invalid_attrib'), 'permanent modica:invalid_attrib'],
    [fault(400, 'missing_attrib'), 'permanent modica:missing_attrib'],
    [fault(400, 'send_failed'), 'temporary modica:send_failed'],
    [{ status: 401, json: {} }, 'refused http_401'],
    [{ status: 403, json: {} }, 'refused modica:403'],
    [{ status: 500, json: {} }, 'temporary http_500'],
    ['hangs up', 'unreachable unreachable'],
  ] as const)('of %j makes %s', async (answer, fate) => {
    gateway.answer(answer)
    expect(await fateOf(senderTo(modica, gateway.url, account))).toBe(fate)
  })
})
