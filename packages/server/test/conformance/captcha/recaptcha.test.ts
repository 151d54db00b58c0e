import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recaptcha } from '#src/core/captcha/vendors/recaptcha.ts'
import { verdictOf } from '../../world/captcha-vendor.ts'
import { type LocalGateway, startGateway } from '../../world/text-gateway.ts'

let gateway: LocalGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const said = (json: object, status = 200) => gateway.answer({ status, json })
const ask = (ip: string | null = null) => verdictOf(recaptcha, gateway.url, { ip })

describe('reCAPTCHA', () => {
  it('is asked as its interface wants it, and version 3 gives a score', async () => {
    said({
      success: true,
      challenge_ts: '2026-01-01T00:00:00Z',
      hostname: 'app.example.test',
      score: 0.9,
      action: 'sign_in',
    })
    expect(await ask('203.0.113.7')).toEqual({
      kind: 'solved',
      hostname: 'app.example.test',
      action: 'sign_in',
      score: 0.9,
    })
    expect(gateway.requests.at(-1)).toMatchObject({
      method: 'POST',
      path: '/recaptcha/api/siteverify',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(gateway.requests.at(-1)?.form).toEqual({
      secret: 'the-secret',
      response: 'the solution',
      remoteip: '203.0.113.7',
    })
  })

  it('gives none in version 2', async () => {
    said({ success: true, challenge_ts: '2026-01-01T00:00:00Z', hostname: 'app.example.test' })
    expect(await ask()).toEqual({ kind: 'solved', hostname: 'app.example.test' })
  })

  it.each([
    ['missing-input-secret'],
    ['invalid-input-secret'],
    ['missing-input-response'],
    ['invalid-input-response'],
    ['bad-request'],
    ['timeout-or-duplicate'],
  ])('refuses with %s', async (code) => {
    said({ success: false, 'error-codes': [code] })
    expect(await ask()).toEqual({ kind: 'unsolved', codes: [code] })
  })

  it('has not judged when nothing comes that could be read', async () => {
    said({ success: 'yes' })
    expect(await ask()).toBe('http_200')
    said({}, 502)
    expect(await ask()).toBe('http_502')
    gateway.answer('hangs up')
    expect(await ask()).toBe('unreachable')
  })
})
