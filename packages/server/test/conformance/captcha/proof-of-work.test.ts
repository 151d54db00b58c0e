import type { Challenge } from 'altcha-lib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { solveAt } from '../../world/solve.ts'
import { startWorld, type World } from '../../world/world.ts'
import { nhostClient } from '../nhost/clients.ts'
import { anAddress, authClient } from '../supabase/clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({
    config: { captcha: { provider: 'proof_of_work', work: 1_000 }, signUp: { emailConfirmation: false } },
  })
})
afterAll(() => world.close())

const password = 'correct horse battery 9'

const solved = (place?: string) => solveAt(world.url, place)
const native = async (path: string, body: object) => {
  const response = await fetch(`${world.url}/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  return { status: response.status, body: (await response.json()) as object }
}

describe('a proof of work, solved by the library of ALTCHA', () => {
  it('is handed out in its form, fresh each time', async () => {
    const response = await fetch(`${world.url}/v1/captcha?for=sign_up`)
    expect(response.headers.get('cache-control')).toBe('no-store')
    const one = (await response.json()) as Challenge
    expect(one).toMatchObject({
      parameters: {
        algorithm: 'PBKDF2/SHA-256',
        cost: 1_000,
        data: { for: 'sign_up' },
        keyLength: 32,
        keyPrefix: '00',
      },
    })
    const other = (await (await fetch(`${world.url}/v1/captcha`)).json()) as Challenge
    expect(other.parameters.data).toBeUndefined()
    expect(other.parameters.nonce).not.toBe(one.parameters.nonce)
    expect((await fetch(`${world.url}/v1/captcha?for=everything`)).status).toBe(400)
  })

  it('opens the native door', async () => {
    const email = anAddress()
    const captcha = await solved('sign_up')
    expect(captcha.length).toBeLessThan(4_096)
    expect(await native('/sign-up/password', { email, password, captcha })).toMatchObject({
      status: 200,
      body: { status: 'complete' },
    })
    expect(await native('/sign-in/password', { email, password, captcha: await solved() })).toMatchObject({
      status: 200,
    })
    expect(await native('/sign-in/code', { email })).toMatchObject({ status: 400, body: { code: 'captcha_failed' } })
  })

  it('opens those of Supabase and Nhost', async () => {
    const email = anAddress()
    const supabase = authClient(world)
    const options = { captchaToken: await solved() }
    expect((await supabase.signUp({ email, password, options })).error).toBeNull()
    const headers = { 'x-cf-turnstile-response': await solved() }
    const signedIn = await nhostClient(world).auth.signInEmailPassword({ email, password }, { headers })
    expect(signedIn.body.session).toBeTruthy()
  })

  it('is told about in the settings', async () => {
    const settings = (await (await fetch(`${world.url}/v1/settings`)).json()) as object
    expect(settings).toMatchObject({ captcha: { provider: 'proof_of_work', siteKey: '' } })
  })

  it('is not handed out where it is not asked for', async () => {
    const plain = await startWorld()
    const response = await fetch(`${plain.url}/v1/captcha`)
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([403, 'feature_disabled'])
    await plain.close()
  })
})
