import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { exchange, nativeStart, pkce, type SocialWorld, startSocial } from '../world/social.ts'
import { createTraveller } from '../world/traveller.ts'
import { doorsOf } from './tools/door.ts'
import { aProtected, freshCode, native } from './tools/factors.ts'
import { aFreshAddress, type Member } from './tools/people.ts'
import { objectIn, send } from './tools/reply.ts'

let world: SocialWorld
beforeAll(async () => {
  world = await startSocial()
})
afterAll(() => world.close())

const there = (email: string) => ({ sub: `there-${email}`, email, email_verified: true })
const turn = async (enabled: boolean) => {
  const set = { method: 'PUT', token: world.secretKey, body: { enabled } }
  expect((await send(`${world.url}/v1/admin/providers/google`, set)).status).toBe(200)
}
beforeEach(() => turn(true))

/** Where somebody stands who came back from the provider and has not gone on yet. */
async function cameBack(email: string, start = nativeStart(world)): Promise<URL> {
  world.openId.person = there(email)
  return (await createTraveller().go(start, world.app)).url
}
const codeIn = (url: URL): string => url.searchParams.get('code') ?? ''

describe('S53, S85: somebody who came back before their provider was switched off', () => {
  it('is not let in after it, through the native dialect, and is once it is on again', async () => {
    const code = codeIn(await cameBack(aFreshAddress('late')))
    await turn(false)
    const refused = await exchange(world, code)
    expect([refused.status, refused.body['code']]).toEqual([403, 'provider_disabled'])
    await turn(true)
    expect((await exchange(world, code)).status).toBe(200)
  })

  it('nor through the other dialects', async () => {
    const { challenge, verifier } = pkce()
    const back = encodeURIComponent(world.app)
    const supabase = await cameBack(
      aFreshAddress('late'),
      `${world.origin}/auth/v1/authorize?provider=google&redirect_to=${back}&code_challenge=${challenge}&code_challenge_method=s256`,
    )
    const nhost = await cameBack(
      aFreshAddress('late'),
      `${world.origin}/nhost/v1/signin/provider/google?redirectTo=${back}&codeChallenge=${challenge}`,
    )
    await turn(false)
    const asked = { auth_code: codeIn(supabase), code_verifier: verifier }
    const one = await send(`${world.url}/auth/v1/token?grant_type=pkce`, { body: asked })
    expect([one.status, one.body['error_code']]).toEqual([400, 'provider_disabled'])
    const two = await send(`${world.url}/nhost/v1/token/exchange`, {
      body: { code: codeIn(nhost), codeVerifier: verifier },
    })
    expect([two.status, two.body['error']]).toEqual([409, 'disabled-endpoint'])
  })

  it('is not let in by the second factor that was asked for before it', async () => {
    const me: Member & { secret: string } = await aProtected(world, doorsOf(world).native)
    const pending = await exchange(world, codeIn(await cameBack(me.email)))
    const attempt = String(objectIn(pending.body, 'attempt')['token'])
    await turn(false)
    const refused = await native(world, '/attempts/answer', { attempt, code: freshCode(world, me.secret) })
    expect([refused.status, refused.body['code']], refused.text).toEqual([403, 'provider_disabled'])
    await turn(true)
    const done = await native(world, '/attempts/answer', { attempt, code: freshCode(world, me.secret) })
    expect(done.status, done.text).toBe(200)
  })
})
