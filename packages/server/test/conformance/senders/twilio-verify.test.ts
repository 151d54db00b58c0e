import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { twilioVerify } from '#src/core/notifications/senders/twilio-verify.ts'
import { aText, fateOf, type LocalGateway, senderTo, startGateway } from '../../world/text-gateway.ts'

let gateway: LocalGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const options = { accountSid: `AC${'a'.repeat(32)}`, authToken: 'the token', serviceSid: `VA${'d'.repeat(32)}` }
const fault = (status: number, code: number) => ({ status, json: { code, message: 'no', status } })
const sender = () => senderTo(twilioVerify, gateway.url, options)

describe('Twilio Verify', () => {
  it('starts a verification, and is told neither code nor text', async () => {
    gateway.answer({ status: 201, json: { sid: `VE${'e'.repeat(32)}`, status: 'pending', valid: false } })
    expect(await fateOf(sender())).toBe('sent')
    expect(gateway.requests.at(-1)).toMatchObject({
      method: 'POST',
      path: `/v2/Services/${options.serviceSid}/Verifications`,
      headers: { authorization: `Basic ${Buffer.from(`${options.accountSid}:the token`).toString('base64')}` },
    })
    expect(gateway.requests.at(-1)?.form).toEqual({ To: '+4915112345678', Channel: 'sms' })
    await fateOf(sender(), aText({ channel: 'whatsapp' }))
    expect(gateway.requests.at(-1)?.form).toEqual({ To: '+4915112345678', Channel: 'whatsapp' })
  })

  it('compares codes there', async () => {
    const check = (status: number, json: unknown) => {
      gateway.answer({ status, json })
      return sender().check?.('+4915112345678', '654321')
    }
    expect(await check(200, { status: 'approved', valid: true })).toBe(true)
    expect(gateway.requests.at(-1)).toMatchObject({
      path: `/v2/Services/${options.serviceSid}/VerificationCheck`,
      form: { To: '+4915112345678', Code: '654321' },
    })
    expect(await check(200, { status: 'pending', valid: false })).toBe(false)
    expect(await check(404, { code: 20404, status: 404 })).toBe(false)
    expect(await check(429, { code: 60202, status: 429 })).toBe(false)
    await expect(check(503, {})).rejects.toMatchObject({ kind: 'temporary' })
    await expect(check(401, { code: 20003 })).rejects.toMatchObject({ kind: 'refused' })
  })

  it('takes nothing but codes', async () => {
    const before = gateway.requests.length
    expect(await fateOf(sender(), aText({ template: 'sms_phone_changed', values: {} }))).toBe('permanent not_a_code')
    expect(gateway.requests.length).toBe(before)
  })

  it.each([
    [fault(400, 60200), 'permanent twilio_verify:60200'],
    [fault(403, 60410), 'permanent twilio_verify:60410'],
    [fault(403, 60605), 'permanent twilio_verify:60605'],
    [fault(404, 20404), 'refused twilio_verify:20404'],
    [fault(401, 20003), 'refused http_401'],
    [fault(429, 60203), 'temporary http_429'],
    [fault(500, 20500), 'temporary http_500'],
  ] as const)('of %j makes %s', async (answer, fate) => {
    gateway.answer(answer)
    expect(await fateOf(sender())).toBe(fate)
  })
})
