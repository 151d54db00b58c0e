import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { turnstile } from '#src/core/captcha/vendors/turnstile.ts'
import { verdictOf } from '../../world/captcha-vendor.ts'
import { type LocalGateway, startGateway } from '../../world/text-gateway.ts'

let gateway: LocalGateway
beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.close())

const said = (json: object, status = 200) => gateway.answer({ status, json })
const ask = (ip: string | null = null) => verdictOf(turnstile, gateway.url, { ip, siteKey: '1x00000000000000000000AA' })

describe('Turnstile', () => {
  it('is asked as its interface wants it', async () => {
    said({
      success: true,
      'error-codes': [],
      challenge_ts: '2026-01-01T00:00:00.000Z',
      hostname: 'app.example.test',
      action: 'sign_up',
      cdata: 'x',
      metadata: { interactive: false },
    })
    expect(await ask('2001:db8::7')).toEqual({ kind: 'solved', hostname: 'app.example.test', action: 'sign_up' })
    expect(gateway.requests.at(-1)).toMatchObject({
      method: 'POST',
      path: '/turnstile/v0/siteverify',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(gateway.requests.at(-1)?.form).toEqual({
      secret: 'the-secret',
      response: 'the solution',
      remoteip: '2001:db8::7',
    })
  })

  it('is no action where the page names none', async () => {
    said({ success: true, hostname: 'app.example.test', action: '' })
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
    said({ success: false, 'error-codes': [code], messages: [] }, code === 'bad-request' ? 400 : 200)
    expect(await ask()).toEqual({ kind: 'unsolved', codes: [code] })
  })

  it('has not judged when it failed itself', async () => {
    said({ success: false, 'error-codes': ['internal-error'] })
    expect(await ask()).toBe('internal-error')
    said({}, 503)
    expect(await ask()).toBe('http_503')
    gateway.answer('hangs up')
    expect(await ask()).toBe('unreachable')
  })

  it('hands on words alone of what it says', async () => {
    said({ success: false, 'error-codes': ['<script>', 7, 'x'.repeat(100), ...Array(20).fill('bad-request')] })
    expect(await ask()).toEqual({ kind: 'unsolved', codes: Array(8).fill('bad-request') })
  })
})
