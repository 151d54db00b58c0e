import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { type ClientDoor, clientDoorNames, clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, atOnce, goodPassword } from './tools/people.ts'
import { objectIn, type Reply, tally } from './tools/reply.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ database: 'postgres', config: { emailChange: { bothAgree: false } } })
})
afterAll(() => world.close())

const times = 20
const linkTo = async (email: string, template: string): Promise<string> =>
  (await world.inbox.waitFor(email, template)).link ?? ''
const good = (replies: readonly Reply[]) => replies.filter(({ status }) => status < 300)
const sessionsOf = (id: string) => world.core.sessions.count(id)
const noFault = (replies: readonly Pick<Reply, 'status'>[]) =>
  expect(Math.max(...replies.map(({ status }) => status))).toBeLessThan(500)

async function someone(door: ClientDoor) {
  const member = await aMember(world, doorsOf(world).native)
  const reply = await door.signIn(member.email, member.password)
  return { ...member, token: door.tokenOf(reply) ?? '', refresh: door.refreshOf(reply) ?? '' }
}

describe.each(clientDoorNames)('single use through %s', (name) => {
  let door: ClientDoor
  beforeAll(() => {
    door = clientDoorsOf(world)[name]
  })

  it.each(['sign_up', 'sign_in', 'recovery'] as const)(
    'S23 twenty uses of one %s link make one session',
    async (kind) => {
      const email = aFreshAddress('racer')
      if (kind === 'sign_up') await door.signUp({ email, password: goodPassword })
      else {
        const { id } = await aMember(world, doorsOf(world).native, { email })
        await world.core.sessions.endAll(id)
        await (kind === 'sign_in' ? door.sendLink(email) : door.recover(email))
      }
      const link = await linkTo(email, kind)
      const sent = await atOnce(times, () => door.follow(link))
      noFault(sent)
      const secrets = sent.flatMap(({ secret }) => secret ?? [])
      expect(secrets).toHaveLength(1)
      const user = await world.core.users.findByAddress({ email })
      if (name === 'altogic' && kind === 'recovery') return expect(await sessionsOf(user?.id ?? '')).toBe(0)
      const replies = await atOnce(name === 'altogic' ? times : 1, () => door.pickUp(secrets[0]))
      noFault(replies)
      expect(good(replies)).toHaveLength(1)
      expect(await sessionsOf(user?.id ?? '')).toBe(1)
    },
  )

  it('S23 twenty new passwords with one recovery: one counts', async () => {
    const me = await someone(door)
    await door.recover(me.email)
    const link = await linkTo(me.email, 'recovery')
    const replies = await atOnce(times, (index) => door.reset(link, `some new otters ${index}`))
    noFault(replies)
    expect(good(replies)).toHaveLength(1)
    const tried = await Promise.all(
      Array.from({ length: times }, (_, index) =>
        world.core.users
          .findForSignIn({ id: me.id })
          .then(async (found) => world.core.hasher.verify(found?.passwordHash ?? null, `some new otters ${index}`)),
      ),
    )
    expect(tried.filter(({ ok }) => ok)).toHaveLength(1)
    expect(await sessionsOf(me.id)).toBe(0)
    expect((await door.me(me.token)).status).toBe(401)
  })

  it('S23 twenty uses of the link of a change change it once', async () => {
    const me = await someone(door)
    const next = aFreshAddress('moved')
    expect((await door.changeEmail(me.token, next, me.password)).status).toBe(200)
    const link = await linkTo(next, 'email_change')
    const sent = await atOnce(times, () => door.follow(link))
    noFault(sent)
    expect((await world.core.users.find(me.id))?.email).toBe(next)
    const done = sent.filter(({ place }) => place !== undefined && !place.searchParams.has('error'))
    expect(done).toHaveLength(1)
  })

  it('S142 twenty sign-ups for one address make one account', async () => {
    const email = aFreshAddress('racer')
    const replies = await atOnce(times, (index) =>
      door.signUp({ email: index % 2 === 0 ? email : email.toUpperCase(), password: goodPassword }),
    )
    noFault(replies)
    const rows = await world.core.users.findByAddress({ email })
    expect(rows?.emailConfirmedAt).toBeNull()
  })

  it('S52 of twenty devices that change the password at once one does, and stays', async () => {
    const me = await someone(door)
    const devices = await atOnce(times, () => door.signIn(me.email, me.password))
    const replies = await Promise.all(
      devices.map((device, index) =>
        door.changePassword(door.tokenOf(device) ?? '', `several new otters ${index}`, me.password),
      ),
    )
    noFault(replies)
    expect(good(replies), JSON.stringify(tally(replies))).toHaveLength(1)
    expect(await sessionsOf(me.id)).toBe(1)
    const winner = replies.findIndex(({ status }) => status < 300)
    expect((await door.signIn(me.email, `several new otters ${winner}`)).status).toBe(200)
  })
})

describe('single use in one dialect alone', () => {
  it('S47 S46 twenty refreshes at once through nhost get one successor, and a replay later ends the session', async () => {
    const nhost = clientDoorsOf(world).nhost
    const me = await someone(nhost)
    const replies = await atOnce(times, () => nhost.pickUp(me.refresh))
    noFault(replies)
    expect(new Set(good(replies).map(nhost.refreshOf)).size).toBe(1)
    const second = nhost.refreshOf(good(replies)[0] as Reply) ?? ''
    expect((await nhost.pickUp(second)).status).toBe(200)
    world.clock.move(60)
    expect((await nhost.pickUp(me.refresh)).status).toBe(401)
    expect((await nhost.me(me.token)).status).toBe(401)
  })

  it('S68 twenty exchanges of one code through nhost leave no session', async () => {
    const nhost = clientDoorsOf(world).nhost
    const me = await someone(nhost)
    const before = await sessionsOf(me.id)
    const verifier = 'v'.repeat(43)
    const codeChallenge = Buffer.from(
      await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)),
    ).toString('base64url')
    await nhost.call('/signin/passwordless/email', { body: { email: me.email, codeChallenge } })
    const { place } = await nhost.follow(await linkTo(me.email, 'sign_in'))
    const code = place?.searchParams.get('code')
    const replies = await atOnce(times, () => nhost.call('/token/exchange', { body: { code, codeVerifier: verifier } }))
    noFault(replies)
    expect(good(replies).length).toBeLessThanOrEqual(1)
    expect(await sessionsOf(me.id)).toBe(before)
  })

  it('S23 twenty answers with one mailed code through nhost make one session, S21 and misses kill it', async () => {
    const nhost = clientDoorsOf(world).nhost
    const me = await aMember(world, doorsOf(world).native)
    const before = await sessionsOf(me.id)
    await nhost.call('/signin/otp/email', { body: { email: me.email } })
    const { code } = await world.inbox.waitFor(me.email, 'sign_in_code')
    const answer = (otp: string) => nhost.call('/signin/otp/email/verify', { body: { email: me.email, otp } })
    const replies = await atOnce(times, () => answer(code ?? ''))
    noFault(replies)
    expect(good(replies)).toHaveLength(1)
    expect(await sessionsOf(me.id)).toBe(before + 1)
    await world.inbox.clear()
    // Nineteen answers with a used code count as misses.
    world.clock.move(16 * 60)
    await nhost.call('/signin/otp/email', { body: { email: me.email } })
    const second = (await world.inbox.waitFor(me.email, 'sign_in_code')).code ?? ''
    const wrong = String((Number(second) + 1) % 1_000_000).padStart(6, '0')
    noFault(await atOnce(50, () => answer(wrong)))
    expect((await answer(second)).status).toBeGreaterThanOrEqual(400)
  })

  it('S142 S41 twenty guests through nhost who want one address: one gets it', async () => {
    const nhost = clientDoorsOf(world).nhost
    const email = aFreshAddress('wanted')
    const guests = await atOnce(times, () => nhost.call('/signin/anonymous', { body: {} }))
    const replies = await Promise.all(
      guests.map((guest, index) =>
        nhost.call('/user/deanonymize', {
          token: nhost.tokenOf(guest),
          body: { signInMethod: 'email-password', email, password: `brave otters at ${index}` },
        }),
      ),
    )
    noFault(replies)
    await world.watchword.deliverer.drain()
    const links = (await world.inbox.list(email)).flatMap(({ link }) => link ?? [])
    noFault(await Promise.all(links.map((link) => nhost.follow(link))))
    const owners = await Promise.all(
      guests.map(async (guest) =>
        world.core.users.find(String(objectIn(objectIn(guest.body, 'session'), 'user')['id'])),
      ),
    )
    expect(owners.filter((owner) => owner?.email === email).length).toBeLessThanOrEqual(1)
  })
})
