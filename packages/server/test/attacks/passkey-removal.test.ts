import * as openid from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anApplication, begin, finish, rawToken } from '../world/applications.ts'
import { type SecurityKey, securityKey } from '../world/security-key.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Door, doorsOf } from './tools/door.ts'
import { aalOf, beginApp, freshCode, native } from './tools/factors.ts'
import { aMember, tokensOf } from './tools/people.ts'
import { objectIn, type Reply, send } from './tools/reply.ts'

const site = 'http://localhost:3000'
let world: World
let door: Door
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: site, oauthServer: { enabled: true } } })
  door = doorsOf(world).native
})
afterAll(() => world.close())

const publicKeyOf = ({ body }: Reply) => objectIn(objectIn(objectIn(body, 'attempt'), 'step'), 'publicKey')

/** Signs in with nothing but the passkey. */
async function signIn(key: SecurityKey, userHandle: string, more = { verified: true }): Promise<Reply> {
  const begun = await native(world, '/sign-in/passkey', {})
  const credential = key.get(publicKeyOf(begun), { ...more, userHandle })
  return native(world, '/attempts/answer', { attempt: begun.attempt, credential })
}

/** Somebody whose device is lost: a passkey of theirs is on it, and a session that it opened. */
async function aLostDevice() {
  const owner = await aMember(world, door)
  const { access } = owner.tokens
  const key = securityKey(site)
  const begun = await native(world, '/me/factors', { type: 'passkey' }, access)
  const credential = key.create(publicKeyOf(begun))
  const added = await native(world, '/attempts/answer', { attempt: begun.attempt, credential }, access)
  const lost = tokensOf(await signIn(key, owner.id))
  expect(aalOf(lost.access)).toBe('aal2')
  return { owner, key, lost, access: tokensOf(added).access, factorId: String(objectIn(added.body, 'factor')['id']) }
}

describe('S52, S91: a passkey that was removed', () => {
  it('takes the sessions along that it has opened, and leaves the others', async () => {
    const { owner, key, lost, access, factorId } = await aLostDevice()
    const other = tokensOf(await door.signIn(owner.email, owner.password))
    const gone = await send(`${world.url}/v1/me/factors/${factorId}`, { method: 'DELETE', token: access })
    expect(gone.status, gone.text).toBe(204)
    expect((await door.me(lost.access)).status).toBe(403)
    expect((await door.refresh(lost.refresh)).tokens).toBeUndefined()
    expect((await signIn(key, owner.id)).tokens).toBeUndefined()
    for (const mine of [access, other.access]) expect((await door.me(mine)).status).toBe(200)
  })

  it('does so as well after a second factor was removed, which took no way in from them', async () => {
    const { owner, lost, access, factorId } = await aLostDevice()
    const { attempt, secret } = await beginApp(world, access)
    const added = await native(world, '/attempts/answer', { attempt, code: freshCode(world, secret) }, access)
    const protectedAccess = tokensOf(added).access
    expect((await door.me(lost.access)).status).toBe(200)
    for (const id of [String(objectIn(added.body, 'factor')['id']), factorId]) {
      const gone = await send(`${world.url}/v1/me/factors/${id}`, { method: 'DELETE', token: protectedAccess })
      expect(gone.status, gone.text).toBe(204)
    }
    expect((await door.me(lost.access)).status).toBe(403)
    expect((await door.refresh(lost.refresh)).tokens).toBeUndefined()
    expect((await door.signIn(owner.email, owner.password)).tokens).toBeDefined()
  })

  it('does so as well where an administrator removes it', async () => {
    const { owner, lost, access, factorId } = await aLostDevice()
    const place = `${world.url}/auth/v1/admin/users/${owner.id}/passkeys/${factorId}`
    const gone = await send(place, { method: 'DELETE', token: world.secretKey })
    expect(gone.status, gone.text).toBeLessThan(300)
    expect((await door.me(lost.access)).status).toBe(403)
    expect((await door.me(access)).status).toBe(200)
  })

  it.each(['supabase', 'nhost'] as const)(
    'takes along what was allowed to applications of %s in them, and leaves what was allowed elsewhere',
    async (face) => {
      const { owner, lost, access, factorId } = await aLostDevice()
      const app = await anApplication(world, { face })
      const letIn = async (token: string) => {
        const pending = await begin(app)
        const asked = await send(`${world.url}/v1/oauth/requests/${pending.handle}`, { method: 'GET', token })
        const answer = (await native(world, `/oauth/requests/${pending.handle}`, { decision: 'approve' }, token)).body
        return finish(app, pending, String((asked.body['redirectTo'] as string | undefined) ?? answer['redirectTo']))
      }
      const isIn = async ({ access_token }: { access_token: string }) =>
        (await openid.tokenIntrospection(app.config, access_token)).active
      const [onLost, onOther] = [await letIn(lost.access), await letIn(access)]
      expect([await isIn(onLost), await isIn(onOther)]).toEqual([true, true])
      await send(`${world.url}/v1/me/factors/${factorId}`, { method: 'DELETE', token: access })
      expect((await door.me(lost.access)).status).toBe(403)
      expect([await isIn(onLost), await isIn(onOther)]).toEqual([false, true])
      const refresh = { grant_type: 'refresh_token', refresh_token: onLost.refresh_token ?? '' }
      expect((await rawToken(world, app, refresh, face)).status).toBe(400)
      expect((await door.signIn(owner.email, owner.password)).tokens).toBeDefined()
    },
  )

  it('finishes no sign-in that waits for a second factor', async () => {
    const { owner, key, access, factorId } = await aLostDevice()
    const { attempt, secret } = await beginApp(world, access)
    const added = await native(world, '/attempts/answer', { attempt, code: freshCode(world, secret) }, access)
    const waiting = await signIn(key, owner.id, { verified: false })
    expect(waiting.body['status'], waiting.text).toBe('pending')
    const mine = tokensOf(added).access
    const gone = await send(`${world.url}/v1/me/factors/${factorId}`, { method: 'DELETE', token: mine })
    expect(gone.status, gone.text).toBe(204)
    const answer = { attempt: waiting.attempt, option: 'totp', code: freshCode(world, secret) }
    expect(await native(world, '/attempts/answer', answer)).toMatchObject({ code: 'attempt_expired' })
    expect((await door.me(mine)).status).toBe(200)
  })
})
