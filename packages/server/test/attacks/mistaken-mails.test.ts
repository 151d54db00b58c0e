import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { securityKey } from '../world/security-key.ts'
import { startWorld, type World } from '../world/world.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, tokensOf } from './tools/people.ts'
import { objectIn, outcome, type Reply, send } from './tools/reply.ts'

// A sign-up and a code for somebody new come in mails that look alike: who has the address cannot tell whose is whose.

const site = 'http://localhost:3000'
const theirs = 'attackers own words'
let world: World
const plenty = { limit: 10_000, seconds: 60 }
const networks = { public: plenty, start: plenty, signUp: plenty, sendNetwork: plenty, answerNetwork: plenty }
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: site, limits: { enabled: true, ...networks } } })
})
afterAll(() => world.close())

const post = (path: string, body: object) => send(`${world.url}${path}`, { body })
const otp = (email: string, more: object = {}) => post('/auth/v1/otp', { email, ...more })

/** The mails to an address, oldest first, once there are so many. */
async function mailsTo(email: string, count: number, template = 'sign_up') {
  await world.watchword.deliverer.drain()
  const mails = await world.inbox.list(email)
  // Alike as they are, there is nothing to tell them apart by.
  expect(mails.map(({ template }) => template)).toEqual(Array.from({ length: count }, () => template))
  return [...mails].sort((a, b) => (a.id < b.id ? -1 : 1))
}

type Mail = Awaited<ReturnType<typeof mailsTo>>[number]

const answers = {
  code: (email: string, { code }: Mail) => post('/auth/v1/verify', { type: 'email', email, token: code }),
  link: (_: string, { link }: Mail) => send(link ?? '', { method: 'GET' }),
} as const
const isIn = ({ tokens, headers }: Reply) =>
  tokens !== undefined || /access_token=|refreshToken=/.test(headers.get('location') ?? '')

const signUps = {
  native: (email: string) => doorsOf(world).native.signUp({ email, password: theirs, name: 'Mallory' }),
  supabase: (email: string) => doorsOf(world).supabase.signUp({ email, password: theirs, name: 'Mallory' }),
  nhost: (email: string) =>
    clientDoorsOf(world).nhost.signUp({ email, password: theirs, about: { displayName: 'Mallory' } }),
}
/** Signs up with a passkey, by a dialect whose mails have a code alone, or one whose mails have a link alone. */
async function withPasskey(email: string, has: 'code' | 'link'): Promise<void> {
  const { nhost } = clientDoorsOf(world)
  const make = (options: unknown) => securityKey(site).create({ ...(options as object) }, { verified: true })
  if (has === 'link') {
    const { body } = await nhost.call('/signup/webauthn', { body: { email, options: { displayName: 'Mallory' } } })
    expect((await nhost.call('/signup/webauthn/verify', { body: { credential: make(body) } })).status).toBe(200)
    return
  }
  const { attempt, body } = await post('/v1/sign-up/passkey', { email, displayName: 'Mallory' })
  const { publicKey } = objectIn(objectIn(body, 'attempt'), 'step')
  expect((await post('/v1/attempts/answer', { attempt, credential: make(publicKey) })).status).toBe(200)
}

const intoTheirs = (email: string) => doorsOf(world).supabase.signIn(email, theirs)

const mailsWith = { code: ['native', 'supabase'], link: ['supabase', 'nhost'] } as const

describe.each(['code', 'link'] as const)('whoever has an address and answers with the %s of a mail', (has) => {
  const answer = (email: string, mail: Mail | undefined): Promise<Reply> => {
    if (mail === undefined) throw new Error('no mail')
    return answers[has](email, mail)
  }

  it.each(mailsWith[has])(
    'S32 keeps no password of a stranger whose sign-up through %s came before their code',
    async (name) => {
      const email = aFreshAddress('victim')
      expect((await signUps[name](email)).status).toBe(200)
      expect((await otp(email)).status).toBe(200)
      const [stranger] = await mailsTo(email, 2)
      expect(isIn(await answer(email, stranger))).toBe(true)
      expect(outcome(await intoTheirs(email))).toBe('400 invalid_credentials')
      expect(JSON.stringify(await world.core.users.findByAddress({ email }))).not.toContain('Mallory')
    },
  )

  it('S32 keeps no password of a stranger who signed up after they asked for a code', async () => {
    const email = aFreshAddress('victim')
    expect((await otp(email)).status).toBe(200)
    expect((await signUps.supabase(email)).status).toBe(200)
    const [, stranger] = await mailsTo(email, 2)
    expect(isIn(await answer(email, stranger))).toBe(true)
    expect(outcome(await intoTheirs(email))).toBe('400 invalid_credentials')
  })

  it.each(['before', 'after'])(
    'S34 keeps no passkey of a stranger who signed up %s they asked for a code',
    async (when) => {
      const email = aFreshAddress('victim')
      if (when === 'after') await otp(email)
      await withPasskey(email, has)
      if (when === 'before') await otp(email)
      const stranger = (await mailsTo(email, 2))[when === 'before' ? 0 : 1]
      expect(isIn(await answer(email, stranger))).toBe(true)
      expect((await world.core.users.findByAddress({ email }))?.factors).toEqual([])
    },
  )

  it.each(['before', 'after'])(
    'S32 keeps no password of a stranger who was a guest, and named their address %s they asked for a code',
    async (when) => {
      const email = aFreshAddress('victim')
      const guest = tokensOf(await doorsOf(world).supabase.guest()).access
      const upgrade = () =>
        send(`${world.url}/auth/v1/user`, { method: 'PUT', token: guest, body: { email, password: theirs } })
      if (when === 'after') await otp(email)
      expect((await upgrade()).status).toBe(200)
      if (when === 'before') await otp(email)
      const stranger = await world.inbox.waitFor(email, 'email_change')
      const type = { type: 'email_change', email, token: stranger.code }
      expect(isIn(has === 'code' ? await post('/auth/v1/verify', type) : await answers.link(email, stranger))).toBe(
        true,
      )
      expect(outcome(await intoTheirs(email))).toBe('400 invalid_credentials')
    },
  )

  it('S32 takes no words of a stranger who asked for a code in the minute before', async () => {
    const email = aFreshAddress('victim')
    await otp(email, { data: { full_name: 'Mallory' } })
    await otp(email, { data: { full_name: 'Ada' } })
    const [mail] = await mailsTo(email, 1)
    expect(isIn(await answer(email, mail))).toBe(true)
    expect(JSON.stringify(await world.core.users.findByAddress({ email }))).not.toContain('Mallory')
  })

  it('S32 takes no words of a stranger who asked for a code in the minute after', async () => {
    const email = aFreshAddress('victim')
    await otp(email, { data: { full_name: 'Ada' } })
    world.clock.move(61)
    await otp(email, { data: { full_name: 'Mallory' } })
    const [, mail] = await mailsTo(email, 2)
    expect(isIn(await answer(email, mail))).toBe(true)
    expect(JSON.stringify(await world.core.users.findByAddress({ email }))).not.toContain('Mallory')
  })

  it('says of themselves what they said twice', async () => {
    const email = aFreshAddress('twice')
    await otp(email, { data: { full_name: 'Ada', plan: { name: 'free' } } })
    await otp(email, { data: { plan: { name: 'free' }, full_name: 'Ada' } })
    const [mail] = await mailsTo(email, 1)
    expect(isIn(await answer(email, mail))).toBe(true)
    expect(JSON.stringify(await world.core.users.findByAddress({ email }))).toContain('Ada')
  })
})

describe('an answer where somebody began', () => {
  const answerAt = (begun: Reply, code: string | null | undefined) =>
    post('/v1/attempts/answer', { attempt: begun.attempt, code })
  const ask = (email: string, displayName: string) => post('/v1/sign-in/code', { email, createUser: true, displayName })

  it('S32 keeps what was said there, and nothing that was said elsewhere', async () => {
    const email = aFreshAddress('victim')
    const [stranger, own, another] = [await ask(email, 'Mallory'), await ask(email, 'Ada'), await ask(email, 'Eve')]
    expect(new Set([stranger.attempt, own.attempt, another.attempt]).size).toBe(3)
    const [mail] = await mailsTo(email, 1)
    expect((await answerAt(own, mail?.code)).body).toMatchObject({ isNewUser: true, user: { displayName: 'Ada' } })
  })

  it('S32 keeps its password, though a code was asked for elsewhere', async () => {
    const { native } = doorsOf(world)
    const email = aFreshAddress('member')
    const begun = await native.signUp({ email, password: theirs, name: 'Ada' })
    await otp(email)
    const [mail] = await mailsTo(email, 2)
    expect((await answerAt(begun, mail?.code)).body).toMatchObject({ user: { displayName: 'Ada' } })
    expect(outcome(await intoTheirs(email))).toBe('200')
  })

  it('S32 a stranger who knows the password they set has it no less contested', async () => {
    const { native, supabase } = doorsOf(world)
    const email = aFreshAddress('victim')
    await supabase.signUp({ email, password: theirs })
    await otp(email)
    world.clock.move(61)
    expect((await native.signIn(email, theirs)).status).toBe(200)
    const mails = await mailsTo(email, 3)
    const code = mails.at(-1)?.code
    expect(isIn(await post('/auth/v1/verify', { type: 'email', email, token: code }))).toBe(true)
    expect(outcome(await intoTheirs(email))).toBe('400 invalid_credentials')
  })
})

describe('the message of a sign-up, asked for again', () => {
  it('still makes the account with its passkey, where that has waited for it', async () => {
    const email = aFreshAddress('key')
    await withPasskey(email, 'link')
    await mailsTo(email, 1)
    world.clock.move(61)
    expect((await clientDoorsOf(world).nhost.resend(email)).status).toBe(200)
    const [first, again] = await mailsTo(email, 2)
    expect(isIn(await answers.link(email, first as Mail))).toBe(false)
    expect(isIn(await answers.link(email, again as Mail))).toBe(true)
    expect((await world.core.users.findByAddress({ email }))?.factors).toMatchObject([{ type: 'passkey' }])
  })

  it('S125 does not follow an account to an address that whoever asks does not know', async () => {
    const { native, supabase } = doorsOf(world)
    const member = await aMember(world, native)
    world.clock.move(61)
    const stranger = await native.signUp({ email: member.email, password: theirs })
    await world.inbox.waitFor(member.email, 'already_registered')
    const moved = aFreshAddress('moved')
    const changed = await supabase.admin.change(member.id, { email: moved, confirmed: true })
    expect(changed.status).toBe(200)
    world.clock.move(61)
    expect((await post('/v1/attempts/challenge', { attempt: stranger.attempt })).status).toBe(200)
    await mailsTo(moved, 0)
  })
})

describe('a code that somebody waits for', () => {
  it.each(['/signup/otp/email', '/signup/passwordless/email'])(
    'S25 is not killed by %s, which sends them nothing',
    async (path) => {
      const { native } = doorsOf(world)
      const { nhost } = clientDoorsOf(world)
      const { email } = await aMember(world, native)
      await world.inbox.clear()
      await nhost.call('/signin/otp/email', { body: { email } })
      const [mail] = await mailsTo(email, 1, 'sign_in_code')
      world.clock.move(61)
      expect((await nhost.call(path, { body: { email } })).status).toBe(200)
      await mailsTo(email, 1, 'sign_in_code')
      const typed = await nhost.call('/signin/otp/email/verify', { body: { email, otp: mail?.code } })
      expect(nhost.tokenOf(typed), typed.text).toBeDefined()
    },
  )
})
