import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LocalGateway } from '../../world/text-gateway.ts'
import { startGateway } from '../../world/text-gateway.ts'
import { startWorld, type World } from '../../world/world.ts'
import { aNumber, authClient, raw, worked } from '../supabase/clients.ts'

let gateway: LocalGateway
let world: World
beforeAll(async () => {
  gateway = await startGateway()
  world = await startWorld({
    config: {
      name: 'Acme',
      sms: {
        provider: 'messagebird',
        template: 'Code for {{ .AppName }}: {{ .Code }}',
        url: gateway.url,
        messagebird: { accessKey: 'live_key', originator: 'Acme' },
      },
      phone: { countries: ['DE', 'AT'] },
      outbound: { allow: ['127.0.0.1'] },
    },
  })
})
afterAll(async () => {
  await world.close()
  await gateway.close()
})

describe('a server with a text gateway', () => {
  it('hands texts to it, in the operator’s words, and tries again when it was busy', async () => {
    const phone = aNumber()
    gateway.answer({ status: 429, json: {} })
    worked(await authClient(world).signInWithOtp({ phone }))
    await world.watchword.deliverer.drain()
    expect(gateway.requests.at(-1)?.form).toMatchObject({ recipients: phone })
    gateway.answer({ status: 201, json: {} })
    world.clock.move(10)
    await world.watchword.deliverer.drain()
    const [, code = ''] = /^Code for Acme: (\d{6})$/.exec(gateway.requests.at(-1)?.form['body'] ?? '') ?? []
    worked(await authClient(world).verifyOtp({ phone, token: code, type: 'sms' }))
  })

  it('gives a text up that can never arrive', async () => {
    const phone = aNumber()
    gateway.answer({ status: 422, json: { errors: [{ code: 10, description: 'no', parameter: 'recipients' }] } })
    worked(await authClient(world).signInWithOtp({ phone }))
    await world.watchword.deliverer.drain()
    const [entry] = await world.core.outboxAdmin.list({ limit: 1 })
    expect(entry).toMatchObject({ channel: 'sms', state: 'failed', lastError: 'messagebird:10' })
  })

  it('offers only the channels it has, and only the chosen countries', async () => {
    const json = { phone: aNumber(), channel: 'whatsapp' }
    expect(await (await raw(world, '/otp', { json })).json()).toMatchObject({
      code: 400,
      error_code: 'validation_failed',
    })
    const { error } = await authClient(world).signInWithOtp({ phone: '33612345678' })
    expect(error).toMatchObject({ status: 422, code: 'sms_send_failed' })
    expect(await (await raw(world, '/settings')).json()).toMatchObject({ sms_provider: 'messagebird' })
  })
})
