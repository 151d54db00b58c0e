import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, anAddress, authClient } from './clients.ts'

const lower = 'abcdefghijklmnopqrstuvwxyz'
const upper = lower.toUpperCase()
const signs = '!?:,'
let world: World
beforeAll(async () => {
  world = await startWorld({
    config: {
      signUp: { emailConfirmation: false },
      password: { min: 12, max: 64, requiredCharacters: `${lower}:${upper}:0123456789:!?\\:,` },
    },
  })
})
afterAll(() => world.close())

const signUp = (password: string) => authClient(world).signUp({ email: anAddress(), password })
const short = 'Password should be at least 12 characters.'
const sets = `Password should contain at least one character of each: ${lower}, ${upper}, 0123456789, ${signs}.`
const known = 'Password is known to be weak and easy to guess, please choose a different one.'

describe('rules for passwords', () => {
  it.each([
    ['Otter-lamp-7?', null, []],
    ['Otter: lamp 7', null, []],
    ['Ot7:', short, ['length']],
    ['otter and the lamp', sets, ['characters']],
    ['Otter and the lamp 7', sets, ['characters']],
    ['otter', `${short} ${sets}`, ['length', 'characters']],
    ['password123', `${short} ${sets} ${known}`, ['length', 'characters', 'pwned']],
  ])('%s is told %j', async (password, message, reasons) => {
    const { error } = await signUp(password)
    if (message === null) return expect(error).toBeNull()
    expect(error).toMatchObject({ status: 422, code: 'weak_password', message, reasons })
  })

  it('there is a longest one, which is no question of strength', async () => {
    const longest = `Otter7?${'x'.repeat(57)}`
    expect((await signUp(longest)).error).toBeNull()
    expect((await signUp(`${longest}x`)).error).toMatchObject({ status: 400, code: 'validation_failed' })
  })

  it('whoever has one from before is told at sign-in, and gets in', async () => {
    const [email, password] = [anAddress(), 'x7'.repeat(40)]
    await adminApi(world).createUser({ email, password, email_confirm: true })
    const { data, error } = await authClient(world).signInWithPassword({ email, password })
    expect([error, data.weakPassword?.reasons, data.weakPassword?.message]).toEqual([null, ['characters'], sets])
  })

  it('the other dialects say it in their own words', async () => {
    const ask = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
      const response = await fetch(world.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ email: anAddress(), password: 'otter and the lamp' }),
      })
      return { status: response.status, body: (await response.json()) as object }
    }
    expect(await ask('/v1/sign-up/password')).toMatchObject({
      status: 422,
      body: {
        code: 'weak_password',
        details: { reasons: ['characters'], min: 12, requiredCharacters: [lower, upper, '0123456789', signs] },
      },
    })
    expect(await ask('/nhost/v1/signup/email-password')).toMatchObject({
      status: 400,
      body: { error: 'password-too-short' },
    })
    expect(await ask('/_api/rest/v1/auth/signup-email', { 'x-client-key': world.publishableKey })).toMatchObject({
      status: 400,
      body: { errors: [{ code: 'validation_error' }] },
    })
  })
})
