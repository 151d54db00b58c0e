import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, goodPassword } from './tools/people.ts'
import { objectIn, type Reply, send } from './tools/reply.ts'

let world: World
beforeAll(async () => {
  const providers = { google: { enabled: true } }
  world = await startWorld({ config: { siteUrl: 'https://app.example.test', providers, sso: { enabled: true } } })
})
afterAll(() => world.close())

/** A text whose unit number `most` is the first half of a character. */
const halfAt = (most: number) => `${'a'.repeat(most - 1)}😀 and more`
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

/** Where browsers find the server: what begins at a provider begins there. */
const get = (path: string, query: Readonly<Record<string, string>>) =>
  send(`${world.config.settings.publicUrl}${path}?${new URLSearchParams(query)}`, { method: 'GET' })
const isAnswered = ({ status, text }: Reply) => expect(status, text).toBeLessThan(500)

describe('S100 S145: a text that is too long is never cut in the middle of a character', () => {
  it.each([64, 128, 255, 512, 1024, 2048])('in what comes back from a provider, at %i', async (most) => {
    const state = halfAt(most)
    const redirectTo = 'https://app.example.test/'
    for (const path of ['/v1/sign-in/provider/google', '/nhost/v1/signin/provider/google', '/v1/sign-in/sso'])
      isAnswered(await get(path, { state, redirectTo, codeChallenge: challenge, domain: 'nobody.test' }))
    isAnswered(await get('/auth/v1/authorize', { provider: 'google', state, redirect_to: state, login_hint: state }))
  })

  it('in a name', async () => {
    const { altogic } = clientDoorsOf(world)
    const [email, password] = [aFreshAddress(), goodPassword]
    const about = { name: halfAt(255), profilePicture: `https://p.test/${halfAt(2_048 - 15)}` }
    const made = await altogic.signUp({ email, password, about })
    expect(made.status, made.text).toBe(200)
    expect(objectIn(made.body, 'user')['name']).toBe('a'.repeat(254))
  })

  it('in what a passkey is filed under', async () => {
    const { native, supabase } = doorsOf(world)
    const { tokens } = await aMember(world, native)
    const data = { name: halfAt(64) }
    isAnswered(await send(`${supabase.base}/user`, { method: 'PUT', token: tokens.access, body: { data } }))
    const options = await send(`${supabase.base}/passkeys/registration/options`, { token: tokens.access, body: {} })
    expect(options.status, options.text).toBe(200)
  })
})
