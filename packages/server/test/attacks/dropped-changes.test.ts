import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, tokensOf } from './tools/people.ts'
import { send } from './tools/reply.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ config: { emailChange: { bothAgree: false } } })
})
afterAll(() => world.close())

const otherPassword = 'nine loud herons'

/** Somebody whose session a stranger holds too, and has begun to move the account to an address of their own with. */
async function aBegunChange() {
  const { native, supabase } = doorsOf(world)
  const me = await aMember(world, native)
  const theirs = tokensOf(await native.signIn(me.email, me.password))
  const evil = aFreshAddress('stranger')
  expect((await supabase.changeEmail(theirs.access, evil)).status).toBe(200)
  const { link } = await world.inbox.waitFor(evil, 'email_change')
  await world.inbox.clear()
  return { me, theirs, evil, link: link ?? '' }
}

/** What anybody may send who knows the address. */
async function bringBack(email: string): Promise<void> {
  const { supabase } = doorsOf(world)
  world.clock.move(61)
  const again = await send(`${supabase.base}/resend`, { body: { type: 'email_change', email } })
  expect(again.status).toBe(200)
  await world.watchword.deliverer.drain()
}

describe('a change of address that was dropped', () => {
  it('S30 S35 is not brought back by asking for its mail again, once the password was changed', async () => {
    const { me, evil, link } = await aBegunChange()
    const { native, supabase } = doorsOf(world)
    const changed = await native.changePassword(me.tokens.access, otherPassword, me.password)
    expect(changed.status, changed.text).toBeLessThan(300)
    expect((await supabase.me(me.tokens.access)).body['new_email']).toBeUndefined()
    await bringBack(me.email)
    expect(await world.inbox.list(evil)).toEqual([])
    await send(link, { method: 'GET' })
    expect(tokensOf(await native.signIn(me.email, otherPassword))).toBeTruthy()
  })

  it('S30 nor once its time is over', async () => {
    const { me, evil } = await aBegunChange()
    world.clock.move(25 * 3_600)
    await bringBack(me.email)
    expect(await world.inbox.list(evil)).toEqual([])
  })

  it('S30 nor once an administrator has set another password', async () => {
    const { me, evil } = await aBegunChange()
    expect((await doorsOf(world).native.admin.change(me.id, { password: otherPassword })).status).toBeLessThan(300)
    await bringBack(me.email)
    expect(await world.inbox.list(evil)).toEqual([])
  })

  it('S13 of those that wait none is told: whoever asks again hears the same', async () => {
    const { me, evil } = await aBegunChange()
    await bringBack(me.email)
    expect((await world.inbox.list(evil)).map(({ template }) => template)).toEqual(['email_change'])
  })
})

describe('a new password', () => {
  it('S25 kills what a link has led to, also where the address changes with it', async () => {
    const { native, supabase } = doorsOf(world)
    const { altogic } = clientDoorsOf(world)
    const me = await aMember(world, native)
    await altogic.sendLink(me.email)
    const { link } = await world.inbox.waitFor(me.email, 'sign_in')
    const { secret } = await altogic.follow(link ?? '')
    expect(secret).toBeTruthy()
    const email = aFreshAddress('member')
    const body = { password: otherPassword, email }
    const changed = await send(`${supabase.base}/user`, { method: 'PUT', token: me.tokens.access, body })
    expect(changed.status, changed.text).toBe(200)
    expect((await altogic.pickUp(secret)).status).toBeGreaterThanOrEqual(400)
    // The change that was begun with it is what the person wants.
    expect((await world.inbox.waitFor(email, 'email_change')).link).toBeTruthy()
  })

  it('S25 and one that is taken away kills a recovery that is under way', async () => {
    const { native } = doorsOf(world)
    const me = await aMember(world, native)
    const begun = await native.recover(me.email)
    const { code } = await world.inbox.waitFor(me.email, 'recovery')
    const gone = await send(`${native.base}/me/password`, { method: 'DELETE', token: me.tokens.access })
    expect(gone.status, gone.text).toBeLessThan(300)
    const typed = await native.type({ kind: 'recovery', email: me.email, code: code ?? '', begun })
    expect(typed.tokens).toBeUndefined()
    expect(typed.status).toBeGreaterThanOrEqual(400)
  })
})
