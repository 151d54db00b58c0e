import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hcaptcha } from '#src/core/captcha/vendors/hcaptcha.ts'
import { verdictOf } from '../../world/captcha-vendor.ts'
import { type LocalGateway, startGateway } from '../../world/text-gateway.ts'

let gateway: LocalGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const said = (json: object, status = 200) => gateway.answer({ status, json })
const ask = (more?: Parameters<typeof verdictOf>[2]) => verdictOf(hcaptcha, gateway.url, more)

describe('hCaptcha', () => {
  it('is asked as its interface wants it', async () => {
    said({ success: true, challenge_ts: '2026-01-01T00:00:00.000000Z', hostname: 'app.example.test', credit: true })
    expect(await ask({ ip: '203.0.113.7', siteKey: '10000000-ffff-ffff-ffff-000000000001' })).toEqual({
      kind: 'solved',
      hostname: 'app.example.test',
    })
    expect(gateway.requests.at(-1)).toMatchObject({
      method: 'POST',
      path: '/siteverify',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      form: {
        secret: 'the-secret',
        response: 'the solution',
        remoteip: '203.0.113.7',
        sitekey: '10000000-ffff-ffff-ffff-000000000001',
      },
    })
  })

  it('is told no address and no site key that nobody knows', async () => {
    said({ success: true })
    await ask()
    expect(gateway.requests.at(-1)?.form).toEqual({ secret: 'the-secret', response: 'the solution' })
  })

  it('has a score of risk, which is not taken for one of trust', async () => {
    said({ success: true, hostname: 'app.example.test', score: 0.9, score_reason: ['bot'] })
    expect(await ask()).toEqual({ kind: 'solved', hostname: 'app.example.test' })
  })

  it.each([
    ['invalid-input-response'],
    ['expired-input-response'],
    ['already-seen-response'],
    ['invalid-or-already-seen-response'],
    ['sitekey-secret-mismatch'],
    ['invalid-input-secret'],
  ])('refuses with %s', async (code) => {
    said({ success: false, 'error-codes': [code] })
    expect(await ask()).toEqual({ kind: 'unsolved', codes: [code] })
  })

  it.each([
    [{ status: 500, json: { success: true } }, 'http_500'],
    [{ status: 429, json: {} }, 'http_429'],
    [{ status: 200, json: 'a page' }, 'http_200'],
    [{ status: 302, json: {} }, 'http_302'],
    ['hangs up' as const, 'unreachable'],
  ])('has not judged when it answers %j', async (answer, fault) => {
    gateway.answer(answer)
    expect(await ask()).toBe(fault)
  })
})
