import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SocialWorld, startSocial } from '../world/social.ts'
import { createTraveller, type Traveller } from '../world/traveller.ts'
import { startWorld, type World } from '../world/world.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, atOnce, wrongCode } from './tools/people.ts'
import { aFreshNumber } from './tools/phones.ts'
import type { Reply } from './tools/reply.ts'

// What Nhost's newer clients ask for: accounts elsewhere by a request, another number, a guest who gives one.

let world: SocialWorld
beforeAll(async () => {
  world = await startSocial({ signUp: { anonymous: true } }, { database: 'postgres' })
})
afterAll(() => world.close())

const callback = () => `${world.origin}/nhost/v1/signin/provider/google/callback`
const whoever = (email = aFreshAddress('there')) => ({
  sub: `sub-${crypto.randomUUID()}`,
  email,
  email_verified: true,
  name: 'Ada There',
})
const placeOf = (response: Response): URL => new URL(response.headers.get('location') ?? 'none:')
const door = () => clientDoorsOf(world).nhost
const ask = (path: string, token: string | undefined, body: object = {}) => door().call(path, { token, body })
const told = ({ status, body }: Reply): string => `${status} ${String(body['error'] ?? '')}`.trim()

/** Somebody signed in moments ago. */
async function aPerson() {
  const member = await aMember(world, doorsOf(world).native)
  const signIn = async () => door().tokenOf(await door().signIn(member.email, member.password)) ?? ''
  return { ...member, token: await signIn(), signIn }
}

const isLinked = async (id: string): Promise<boolean> =>
  (await world.core.users.find(id))?.identities.some(({ provider }) => provider === 'google') === true

describe('connecting an account by a request', () => {
  const begin = async (token: string): Promise<string> =>
    String((await ask('/link/provider/google', token, { redirectTo: world.app })).body['url'])

  /** Goes where the request said, as somebody at the provider, and stops at the page that asks. */
  async function toPage(url: string, browser: Traveller, person = whoever()) {
    world.openId.person = person
    const { url: place, response } = await browser.go(url, world.app)
    const page = (await response?.text()) ?? ''
    return { place, handle: /name="handle" value="([^"]+)"/.exec(page)?.[1] ?? '' }
  }
  const press = (handle: string, browser: Traveller) =>
    browser.fetch(`${callback()}/confirm`, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: world.origin,
        'sec-fetch-site': 'same-origin',
      },
      body: new URLSearchParams({ handle }),
    })

  it('S40 whoever follows somebody’s link connects nothing by it, and nobody says yes for them elsewhere', async () => {
    const eve = await aPerson()
    const [theirs, hers] = [createTraveller(), createTraveller()]
    const { handle } = await toPage(await begin(eve.token), theirs)
    expect(handle).not.toBe('')
    expect(await isLinked(eve.id)).toBe(false)
    await toPage(await begin(eve.token), hers)
    for (const browser of [hers, createTraveller()]) {
      expect(placeOf(await press(handle, browser)).searchParams.has('error')).toBe(true)
      expect(await isLinked(eve.id)).toBe(false)
    }
  })

  it('S66 S23 where it leads counts once, of twenty at the same time, and what comes back once in its browser', async () => {
    const { id, token } = await aPerson()
    const url = await begin(token)
    const browsers = Array.from({ length: 20 }, () => createTraveller())
    const places = await Promise.all(browsers.map(async (browser) => placeOf(await browser.fetch(url))))
    const led = places.filter(({ origin }) => origin === new URL(world.openId.issuer).origin)
    expect(led).toHaveLength(1)
    const browser = browsers[places.findIndex(({ href }) => href === led[0]?.href)] ?? createTraveller()
    world.openId.person = whoever()
    const { url: back } = await browser.go(led[0]?.href ?? '', callback())
    expect(placeOf(await createTraveller().fetch(back.href)).searchParams.get('error')).toBe('invalid-state')
    const page = await (await browser.fetch(back.href)).text()
    const handle = /name="handle" value="([^"]+)"/.exec(page)?.[1] ?? ''
    expect(placeOf(await browser.fetch(back.href)).searchParams.get('error')).toBe('invalid-state')
    const ends = await atOnce(20, async () => placeOf(await press(handle, browser)))
    expect(ends.filter((end) => !end.searchParams.has('error'))).toHaveLength(1)
    expect(await isLinked(id)).toBe(true)
  })

  it('S40 S52 ends with the session that asked for it, on the way and at the page', async () => {
    const person = await aPerson()
    const early = await begin(person.token)
    await ask('/signout', person.token, { all: true })
    expect(placeOf(await createTraveller().fetch(early)).searchParams.get('error')).toBe('invalid-state')
    const token = await person.signIn()
    const browser = createTraveller()
    const { handle } = await toPage(await begin(token), browser)
    await ask('/signout', token, { all: true })
    expect(placeOf(await press(handle, browser)).searchParams.has('error')).toBe(true)
    expect(await isLinked(person.id)).toBe(false)
  })

  it('S40 gives nobody an account elsewhere that is somebody’s', async () => {
    const there = whoever()
    const [owner, eve] = [await aPerson(), await aPerson()]
    const browser = createTraveller()
    await press((await toPage(await begin(owner.token), browser, there)).handle, browser)
    expect(await isLinked(owner.id)).toBe(true)
    const { place } = await toPage(await begin(eve.token), createTraveller(), there)
    expect(place.searchParams.get('error')).toBe('provider-account-already-linked')
    expect(await isLinked(eve.id)).toBe(false)
  })

  it('S57 S104 needs a recent proof, and is nothing for programs', async () => {
    const { token } = await aPerson()
    const expiresAt = new Date(world.core.runtime.now().getTime() + 86_400_000).toISOString()
    const made = await ask('/pat', token, { expiresAt })
    const program = await ask('/signin/pat', undefined, { personalAccessToken: made.body['personalAccessToken'] })
    const programs = door().tokenOf(program) ?? ''
    for (const [path, body] of [
      ['/link/provider/google', {}],
      ['/user/phone-number/change', { newPhoneNumber: aFreshNumber() }],
    ] as const) {
      expect(programs).not.toBe('')
      expect((await ask(path, programs, body)).status, path).toBe(401)
    }
    world.clock.move(world.core.settings.sessions.recent + 1)
    for (const [path, body] of [
      ['/link/provider/google', {}],
      ['/user/phone-number/change', { newPhoneNumber: aFreshNumber() }],
    ] as const)
      expect((await ask(path, token, body)).body, path).toMatchObject({ reason: 'elevated claim required' })
  })

  it('S24 takes a text that somebody made up, or that is of another provider, for nothing', async () => {
    const { token } = await aPerson()
    const url = new URL(await begin(token))
    const link = url.searchParams.get('link') ?? ''
    const other = url.href.replace('/google?', '/github?')
    for (const text of ['', 'x', `${crypto.randomUUID()}.${link.split('.')[1]}`, `${link}x`])
      expect(
        placeOf(await createTraveller().fetch(`${url.origin}${url.pathname}?link=${text}`)).searchParams.get('error'),
      ).toBe('invalid-state')
    expect(placeOf(await createTraveller().fetch(other)).searchParams.get('error')).toBe('invalid-state')
  })
})

/** The code of the newest text to a number. */
async function textTo(phone: string, at: World = world): Promise<string> {
  await at.watchword.deliverer.drain()
  return (await at.inbox.waitFor(phone)).code ?? ''
}
const fourTimesWrong = Array.from({ length: 4 }, () => '400 invalid-otp')
const phoneOf = async (id: string) => (await world.core.users.find(id))?.phone ?? null

describe('another number by a request', () => {
  const begin = (token: string, newPhoneNumber: string) => ask('/user/phone-number/change', token, { newPhoneNumber })
  const verify = (token: string, newPhoneNumber: string, otp: string) =>
    ask('/user/phone-number/change/verify', token, { newPhoneNumber, otp })

  it('S24 S30 the code is for whoever asked, in the session that asked, and opens nothing else', async () => {
    const [mine, eve] = [await aPerson(), await aPerson()]
    const phone = aFreshNumber()
    await begin(mine.token, phone)
    const otp = await textTo(phone)
    expect(told(await verify(eve.token, phone, otp))).toBe('400 invalid-otp')
    expect(told(await verify(await mine.signIn(), phone, otp))).toBe('400 invalid-otp')
    for (const token of [undefined, mine.token, eve.token])
      expect(told(await ask('/signin/passwordless/sms/otp', token, { phoneNumber: phone, otp }))).toBe(
        '400 invalid-otp',
      )
    expect([await phoneOf(mine.id), await phoneOf(eve.id)]).toEqual([null, null])
    expect((await verify(mine.token, phone, otp)).status).toBe(200)
    expect(await phoneOf(mine.id)).toBe(phone)
  })

  it('S21 has five tries', async () => {
    const { id, token } = await aPerson()
    const phone = aFreshNumber()
    await begin(token, phone)
    const otp = await textTo(phone)
    const outcomes: string[] = []
    for (const code of [...Array.from({ length: 5 }, () => wrongCode(otp)), otp])
      outcomes.push(told(await verify(token, phone, code)))
    expect(outcomes).toEqual([...fourTimesWrong, '400 otp-too-many-attempts', '400 otp-too-many-attempts'])
    expect(await phoneOf(id)).toBeNull()
  })

  it('S22 ten wrong codes and wrong numbers, over all changes, close the account to codes', async () => {
    const limits = { enabled: true, textNetwork: '1000/1h', sendNetwork: '1000/5m' }
    const limited = await startWorld({ config: { limits } })
    try {
      const nhost = clientDoorsOf(limited).nhost
      const { email, password } = await aMember(limited, doorsOf(limited).native)
      limited.clock.move(2 * 3600)
      const token = nhost.tokenOf(await nhost.signIn(email, password))
      const change = (path: string, body: object) => nhost.call(`/user/phone-number/change${path}`, { token, body })
      const outcomes: string[] = []
      for (const _round of [1, 2]) {
        const newPhoneNumber = aFreshNumber()
        expect((await change('', { newPhoneNumber })).text).toBe('"OK"')
        const otp = await textTo(newPhoneNumber, limited)
        for (let tries = 0; tries < 4; tries += 1)
          outcomes.push(told(await change('/verify', { newPhoneNumber, otp: wrongCode(otp) })))
        outcomes.push(told(await change('/verify', { newPhoneNumber: aFreshNumber(), otp })))
        if (outcomes.length === 10) outcomes.push(told(await change('/verify', { newPhoneNumber, otp })))
      }
      expect(outcomes).toEqual([...Array.from({ length: 10 }, () => '400 invalid-otp'), '429 too-many-requests'])
    } finally {
      await limited.close()
    }
  })

  it('S23 counts once, of twenty at the same time', async () => {
    const { id, token } = await aPerson()
    const phone = aFreshNumber()
    await begin(token, phone)
    const otp = await textTo(phone)
    const replies = await atOnce(20, () => verify(token, phone, otp))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(replies.every(({ status }) => status < 500)).toBe(true)
    expect(await phoneOf(id)).toBe(phone)
  })

  it('S14 tells nobody whose a number is, and takes it from nobody', async () => {
    const [owner, eve] = [await aPerson(), await aPerson()]
    const phone = aFreshNumber()
    await begin(owner.token, phone)
    await begin(eve.token, phone)
    const otp = await textTo(phone)
    expect((await verify(owner.token, phone, otp)).status + (await verify(eve.token, phone, otp)).status).toBe(600)
    const holder = (await phoneOf(owner.id)) === phone ? owner : eve
    const [texts, other] = [(await world.inbox.list(phone)).length, await aPerson()]
    world.clock.move(61)
    const answers = [await begin(other.token, phone), await begin(other.token, aFreshNumber())]
    expect(answers.map(({ status, text }) => [status, text])).toEqual([
      [200, '"OK"'],
      [200, '"OK"'],
    ])
    await world.watchword.deliverer.drain()
    expect(await world.inbox.list(phone)).toHaveLength(texts)
    expect([await phoneOf(holder.id), await phoneOf(other.id)]).toEqual([phone, null])
  })

  it('S30 a newer change takes the place of an older, and S52 ends the other sessions', async () => {
    const { id, token, signIn } = await aPerson()
    const [first, second] = [aFreshNumber(), aFreshNumber()]
    const elsewhere = await signIn()
    await begin(token, first)
    const old = await textTo(first)
    await begin(token, second)
    expect(told(await verify(token, first, old))).toBe('400 invalid-otp')
    expect((await verify(token, second, await textTo(second))).status).toBe(200)
    expect(await phoneOf(id)).toBe(second)
    expect([(await door().me(token)).status, (await door().me(elsewhere)).status]).toEqual([200, 401])
  })
})

describe('a guest who gives a number', () => {
  async function aGuest() {
    const reply = await ask('/signin/anonymous', undefined, {})
    const session = reply.body['session'] as { readonly user: { readonly id: string }; readonly refreshToken: string }
    return { id: session.user.id, token: door().tokenOf(reply) ?? '', refreshToken: session.refreshToken }
  }
  const begin = (token: string, phoneNumber: string) => ask('/user/deanonymize/sms', token, { phoneNumber })
  const type = (token: string | undefined, phoneNumber: string, otp: string) =>
    ask('/signin/passwordless/sms/otp', token, { phoneNumber, otp })

  it('S32 prepares no account for whoever owns the number: the code counts with the guest’s own token', async () => {
    const [eve, other] = [await aGuest(), await aGuest()]
    const phone = aFreshNumber()
    await begin(eve.token, phone)
    const otp = await textTo(phone)
    for (const token of [undefined, other.token, (await aPerson()).token])
      expect(told(await type(token, phone, otp))).toBe('400 invalid-otp')
    expect(await phoneOf(eve.id)).toBeNull()
    await ask('/signin/passwordless/sms', undefined, { phoneNumber: phone })
    const owner = await type(undefined, phone, await textTo(phone))
    expect(owner.status).toBe(200)
    expect((await world.core.users.findByAddress({ phone }))?.id).not.toBe(eve.id)
    expect((await type(eve.token, phone, otp)).status).toBeGreaterThanOrEqual(400)
  })

  it('S41 S23 is somebody once, of twenty at the same time, and the old tokens are dead', async () => {
    const guest = await aGuest()
    const phone = aFreshNumber()
    await begin(guest.token, phone)
    const otp = await textTo(phone)
    const replies = await atOnce(20, () => type(guest.token, phone, otp))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(replies.every(({ status }) => status < 500)).toBe(true)
    expect((await world.core.users.findByAddress({ phone }))?.id).toBe(guest.id)
    expect((await door().me(guest.token)).status).toBe(401)
    expect((await door().pickUp(guest.refreshToken)).status).toBe(401)
    expect((await begin(guest.token, aFreshNumber())).status).toBe(401)
  })

  it('S21 has five tries, and S41 takes no number that is somebody’s', async () => {
    const guest = await aGuest()
    const phone = aFreshNumber()
    await begin(guest.token, phone)
    const otp = await textTo(phone)
    const outcomes: string[] = []
    for (const code of [...Array.from({ length: 5 }, () => wrongCode(otp)), otp])
      outcomes.push(told(await type(guest.token, phone, code)))
    expect(outcomes).toEqual([...fourTimesWrong, '400 otp-too-many-attempts', '400 otp-too-many-attempts'])
    const owner = await aPerson()
    const theirs = aFreshNumber()
    await ask('/user/phone-number/change', owner.token, { newPhoneNumber: theirs })
    await ask('/user/phone-number/change/verify', owner.token, {
      newPhoneNumber: theirs,
      otp: await textTo(theirs),
    })
    const texts = (await world.inbox.list(theirs)).length
    world.clock.move(61)
    expect((await begin((await aGuest()).token, theirs)).text).toBe('"OK"')
    await world.watchword.deliverer.drain()
    expect(await world.inbox.list(theirs)).toHaveLength(texts)
    expect(await phoneOf(owner.id)).toBe(theirs)
  })

  it('S42 S98 chooses no role that may not be chosen, and nothing once they are somebody', async () => {
    const guest = await aGuest()
    const phoneNumber = aFreshNumber()
    for (const options of [{ allowedRoles: ['admin', 'user'] }, { allowedRoles: ['user'], defaultRole: 'admin' }])
      expect((await ask('/user/deanonymize/sms', guest.token, { phoneNumber, options })).status).toBe(400)
    const { token, id } = await aPerson()
    const options = { allowedRoles: ['user'], displayName: 'Eve', metadata: { planted: true } }
    expect(told(await ask('/user/deanonymize/sms', token, { phoneNumber, options }))).toBe('400 user-not-anonymous')
    expect(JSON.stringify(await world.core.users.find(id))).not.toMatch(/planted|Eve/)
  })
})
