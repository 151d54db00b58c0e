import { type Challenge, solveChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAddress, codeOf, type NativeWorld, password, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative({ captcha: { provider: 'proof_of_work', work: 1_000, on: ['sign_up', 'send'] } })
})
afterAll(() => world.close())

/** What a form hands on. */
async function solved(line: 'GET /captcha' | `GET /captcha?for=${string}` = 'GET /captcha'): Promise<string> {
  const challenge = (await world.ask(line)).body as Challenge
  const solution = await solveChallenge({ challenge, deriveKey })
  return Buffer.from(JSON.stringify({ challenge, solution })).toString('base64')
}

describe('a captcha', () => {
  it('is told about, fetched, solved and handed in', async () => {
    const settings = (await world.ask('GET /settings')).body
    expect(settings.captcha).toEqual({ provider: 'proof_of_work', siteKey: '', on: ['sign_up', 'send'] })
    const body = { email: anAddress(), password }
    const refused = await world.ask('POST /sign-up/password', { body })
    expect([refused.status, codeOf(refused), refused.body.details]).toEqual([
      400,
      'captcha_failed',
      { reason: 'missing' },
    ])
    const captcha = await solved('GET /captcha?for=sign_up')
    expect((await world.ask('POST /sign-up/password', { body: { ...body, captcha } })).body.status).toBe('pending')
    const again = await world.ask('POST /sign-up/password', { body: { ...body, captcha } })
    expect(again.body.details).toEqual({ reason: 'refused', codes: ['timeout-or-duplicate'] })
  })

  it('is good for what it was fetched for', async () => {
    const body = { email: anAddress(), captcha: await solved('GET /captcha?for=sign_up') }
    const refused = await world.ask('POST /sign-in/code', { body })
    expect(refused.body.details).toEqual({ reason: 'refused', codes: ['action-mismatch'] })
    const any = { email: anAddress(), captcha: await solved() }
    expect((await world.ask('POST /sign-in/code', { body: any })).status).toBe(200)
  })

  it('is a field like any other where it is not asked for', async () => {
    const body = { email: anAddress(), password, captcha: 'whatever' }
    expect(codeOf(await world.ask('POST /sign-in/password', { body }))).toBe('invalid_credentials')
    const long = { ...body, captcha: 'x'.repeat(4_097) }
    expect(codeOf(await world.ask('POST /sign-in/password', { body: long }))).toBe('validation_failed')
  })
})
