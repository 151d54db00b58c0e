import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nativeStart, type SocialWorld, signInNatively, startSocial } from '../world/social.ts'
import { createTraveller } from '../world/traveller.ts'
import { doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, goodPassword, tokensOf } from './tools/people.ts'
import { objectIn, send } from './tools/reply.ts'

let world: SocialWorld
beforeAll(async () => {
  world = await startSocial()
})
afterAll(() => world.close())

describe('an account elsewhere that is taken off', () => {
  const there = (email: string) => ({ sub: `there-${email}`, email, email_verified: true })

  it('S40 S52 ends the sessions that came in by it, and leaves the acting one and those that proved more', async () => {
    const { native, supabase } = doorsOf(world)
    const me = await aMember(world, native)
    const came = await signInNatively(world, there(me.email))
    expect(objectIn(came.body, 'user')['id']).toBe(me.id)
    const tokens = objectIn(came.body, 'tokens')
    const access = String(tokens['accessToken'])
    const mine = tokensOf(await native.signIn(me.email, me.password))
    const other = tokensOf(await native.signIn(me.email, me.password))
    const identities = (await native.me(mine.access)).body['identities'] as { id: string; provider: string }[]
    const google = identities.find(({ provider }) => provider === 'google')
    const gone = await send(`${native.base}/me/identities/${google?.id}`, { method: 'DELETE', token: mine.access })
    expect(gone.status, gone.text).toBe(204)
    expect((await native.me(access)).status).toBeGreaterThanOrEqual(400)
    expect((await native.refresh(String(tokens['refreshToken']))).status).toBeGreaterThanOrEqual(400)
    for (const kept of [mine, other]) expect((await supabase.me(kept.access)).status).toBe(200)
  })

  it('S52 does so where the session that acts came in by it, but for that one', async () => {
    const { native } = doorsOf(world)
    const email = aFreshAddress('member')
    const [one, two] = [await signInNatively(world, there(email)), await signInNatively(world, there(email))]
    const [mine = '', stolen = ''] = [one, two].map(({ body }) => String(objectIn(body, 'tokens')['accessToken']))
    expect((await native.changePassword(mine, goodPassword)).status).toBeLessThan(300)
    const again = objectIn((await signInNatively(world, there(email))).body, 'tokens')
    const [identity] = (await native.me(mine)).body['identities'] as { id: string }[]
    const gone = await send(`${native.base}/me/identities/${identity?.id}`, { method: 'DELETE', token: mine })
    expect(gone.status, gone.text).toBe(204)
    expect((await native.me(mine)).status).toBe(200)
    for (const token of [stolen, String(again['accessToken'])])
      expect((await native.me(token)).status).toBeGreaterThanOrEqual(400)
    world.openId.person = there(email)
    const { url } = await createTraveller().go(nativeStart(world), world.app)
    expect(url.searchParams.get('code')).toBeTruthy()
  })
})
