import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aPerson, aSignedIn, authClient, landing, worked } from './clients.ts'

let world: World
const place = 'http://localhost:3000/settings'
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: 'http://localhost:3000' } })
})
afterAll(() => world.close())

const half = 'Confirmation link accepted. Please proceed to confirm link sent to the other email'
const open = async (link: string | null) => landing(await fetch(link ?? '', { redirect: 'manual' }))

describe('changing an address', () => {
  it('shows the new one as pending and asks both', async () => {
    const { client, email } = await aSignedIn(world)
    const next = anAddress('new')
    const { user } = worked(await client.updateUser({ email: next }))
    expect(user).toMatchObject({ email, new_email: next, email_change_sent_at: expect.any(String) })
    await world.inbox.waitFor(next, 'email_change')
    await world.inbox.waitFor(email, 'email_change_current')
  })

  it('happens when both links were opened, in either order', async () => {
    for (const oldFirst of [true, false]) {
      const { client, email, id } = await aSignedIn(world)
      const next = anAddress('new')
      worked(await client.updateUser({ email: next }, { emailRedirectTo: place }))
      const toNew = (await world.inbox.waitFor(next, 'email_change')).link
      const toOld = (await world.inbox.waitFor(email, 'email_change_current')).link
      const [first, second] = oldFirst ? [toOld, toNew] : [toNew, toOld]
      const halfway = await open(first)
      expect([...halfway.fragment]).toEqual([
        ['message', half],
        ['sb', ''],
      ])
      expect(worked(await client.getUser()).user.email).toBe(email)
      const done = await open(second)
      expect(done.fragment.get('type')).toBe('email_change')
      const { user } = worked(await authClient(world).getUser(done.fragment.get('access_token') ?? ''))
      expect(user).toMatchObject({ id, email: next })
      expect(user.new_email).toBeUndefined()
      expect(user.identities).toMatchObject([{ email: next, identity_data: { email: next, email_verified: true } }])
      await world.inbox.waitFor(email, 'email_changed')
    }
  })

  it('happens with both codes, each at the address that received it', async () => {
    const { client, email } = await aSignedIn(world)
    const next = anAddress('new')
    worked(await client.updateUser({ email: next }))
    const newCode = (await world.inbox.waitFor(next, 'email_change')).code ?? ''
    const oldCode = (await world.inbox.waitFor(email, 'email_change_current')).code ?? ''
    const first = worked(await client.verifyOtp({ email: next, token: newCode, type: 'email_change' }))
    expect(first).toEqual({ user: null, session: null })
    const second = worked(await client.verifyOtp({ email, token: oldCode, type: 'email_change' }))
    expect(second.user?.email).toBe(next)
    expect(second.session).not.toBeNull()
  })

  it('is exchanged by its requester with PKCE, after the first half said so', async () => {
    const { client, email } = await aSignedIn(world, { flowType: 'pkce' })
    const next = anAddress('new')
    worked(await client.updateUser({ email: next }, { emailRedirectTo: place }))
    const toNew = (await world.inbox.waitFor(next, 'email_change')).link
    const toOld = (await world.inbox.waitFor(email, 'email_change_current')).link
    const halfway = await open(toOld)
    expect(halfway.query.get('message')).toBe(half)
    expect(halfway.fragment.get('message')).toBe(half)
    const code = (await open(toNew)).query.get('code') ?? ''
    expect(worked(await client.exchangeCodeForSession(code)).user.email).toBe(next)
    expect(worked(await client.getClaims())?.claims.amr).toMatchObject([{ method: 'email_change' }])
  })

  it('is begun anew by a newer one', async () => {
    const { client, email } = await aSignedIn(world)
    const [first, second] = [anAddress('first'), anAddress('second')]
    worked(await client.updateUser({ email: first }))
    const dead = (await world.inbox.waitFor(first, 'email_change')).link
    worked(await client.updateUser({ email: second }))
    expect((await open(dead)).fragment.get('error_code')).toBe('otp_expired')
    await world.inbox.clear()
    worked(await client.resend({ type: 'email_change', email }))
    await world.inbox.waitFor(second, 'email_change')
    await world.inbox.waitFor(email, 'email_change_current')
  })

  it('is refused for an address that somebody has, and nothing for the own one', async () => {
    const { client, email } = await aSignedIn(world)
    const taken = await aPerson(world)
    expect((await client.updateUser({ email: taken.email })).error).toMatchObject({
      status: 422,
      code: 'email_exists',
      message: 'A user with this email address has already been registered',
    })
    expect(worked(await client.updateUser({ email })).user.new_email).toBeUndefined()
    expect((await client.updateUser({ email: 'nobody' })).error).toMatchObject({
      status: 400,
      message: 'Unable to validate email address: invalid format',
    })
  })
})

describe('where the new address alone must agree', () => {
  let single: World
  beforeAll(async () => {
    single = await startWorld({ config: { emailChange: { bothAgree: false }, siteUrl: 'http://localhost:3000' } })
  })
  afterAll(() => single.close())

  it('one link is enough', async () => {
    const { client, email } = await aSignedIn(single)
    const next = anAddress('new')
    worked(await client.updateUser({ email: next }))
    const { link } = await single.inbox.waitFor(next, 'email_change')
    const { fragment } = await open(link)
    expect(worked(await authClient(single).getUser(fragment.get('access_token') ?? '')).user.email).toBe(next)
    expect((await single.inbox.list(email)).map((message) => message.template)).not.toContain('email_change_current')
  })
})
