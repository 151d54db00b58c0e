import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, begin, goodPassword, tokensOf, wrongCode } from './tools/people.ts'
import { aCaller, aFreshNumber, phoneDoorsOf } from './tools/phones.ts'
import { outcome, type Reply, send } from './tools/reply.ts'

let world: World
const plenty = { limit: 10_000, seconds: 60 }
beforeAll(async () => {
  const networks = { public: plenty, start: plenty, signUp: plenty, sendNetwork: plenty, answerNetwork: plenty }
  world = await startWorld({ config: { limits: { enabled: true, textNetwork: plenty, ...networks } } })
})
afterAll(() => world.close())

/** A way to ask for a code and to type one, for whoever knows an address and nothing else. */
interface Guessing {
  ask(address: string): Promise<Reply>
  type(address: string, asked?: Reply): Promise<Reply>
  /** What begins another flow, whose code is counted where the first one's is. */
  askOtherwise(address: string): Promise<Reply>
}

function guessings(): Readonly<Record<'native' | 'supabase' | 'nhost' | 'altogic', Guessing>> {
  const { native, supabase } = doorsOf(world)
  const { nhost, altogic } = clientDoorsOf(world)
  const code = '00000x'
  const text = (path: string, phone: string, more = '') =>
    altogic.call(`${path}?phone=${encodeURIComponent(phone)}${more}`)
  return {
    native: {
      ask: (email) => native.sendCode(email),
      type: (email, begun) => native.type({ kind: 'sign_in', email, code: '000000', begun }),
      askOtherwise: (email) => native.signUp({ email, password: goodPassword }),
    },
    supabase: {
      ask: (email) => supabase.sendCode(email),
      type: (email) => send(`${supabase.base}/verify`, { body: { type: 'email', email, token: '000000' } }),
      askOtherwise: (email) => supabase.signUp({ email, password: goodPassword }),
    },
    nhost: {
      ask: (email) => nhost.call('/signin/otp/email', { body: { email } }),
      type: (email) => nhost.call('/signin/otp/email/verify', { body: { email, otp: code } }),
      askOtherwise: (email) => nhost.call('/signup/otp/email', { body: { email } }),
    },
    altogic: {
      ask: (phone) => text('/send-code', phone),
      type: (phone) => text('/signin-code', phone, `&code=${code}`),
      askOtherwise: (phone) => text('/send-code', phone),
    },
  }
}

const aMemberOf = async (name: string): Promise<string> =>
  name === 'altogic'
    ? (await aCaller(world, phoneDoorsOf(world).native, goodPassword)).phone
    : (await aMember(world, doorsOf(world).native)).email
const aStranger = (name: string) => (name === 'altogic' ? aFreshNumber() : aFreshAddress('member'))

describe.each(['native', 'supabase', 'nhost', 'altogic'] as const)('wrong codes through %s', (name) => {
  // To the minute: how long to wait still is counted from a try before, and tries take their time.
  const minutesOf = ({ headers }: Reply) => Math.round((Number(headers.get('retry-after') ?? 0) + 30) / 120)
  const told = (reply: Reply) =>
    `${outcome(reply)} ${reply.text.replace(/"requestId":"[^"]+"/, '').replace(/"retryAfter":\d+/, '')} ${minutesOf(reply)}`

  it('S13 S22 do not tell whether there is an account, however often and in whatever order codes are asked for', async () => {
    const { ask, type, askOtherwise } = guessings()[name]
    const heard = async (address: string): Promise<string[]> => {
      const answers: string[] = []
      // What was mailed at a sign-up counts no more.
      world.clock.move(3_700)
      const tryOften = async (times: number, asked?: Reply) => {
        for (let turn = 0; turn < times; turn += 1) answers.push(told(await type(address, asked)))
      }
      // Without a code that could be meant, with one, and with one of another flow.
      if (name !== 'native') await tryOften(7)
      await tryOften(name === 'native' ? 9 : 6, await ask(address))
      world.clock.move(61)
      // Once it is closed, more of them neither close it for longer nor count for the next time.
      await tryOften(8, await ask(address))
      world.clock.move(240)
      await tryOften(8, await ask(address))
      world.clock.move(780)
      await tryOften(9, await ask(address))
      world.clock.move(61)
      await tryOften(2, await askOtherwise(address))
      world.clock.move(61)
      await tryOften(1, await ask(address))
      return answers
    }
    const [known, unknown] = [await heard(await aMemberOf(name)), await heard(aStranger(name))]
    expect(known).toEqual(unknown)
    expect(known.at(-1)).toContain('429')
  })
})

describe('the counts of wrong codes', () => {
  it('S22 an account made between the wrong tries is no fresh start', async () => {
    const { native } = doorsOf(world)
    const email = aFreshAddress('member')
    const first = await native.sendCode(email)
    for (let turn = 0; turn < 10; turn += 1) await native.type({ kind: 'sign_in', email, code: '00000x', begun: first })
    const { status } = await native.type({
      kind: 'sign_up',
      email,
      code: '00000x',
      begun: await native.signUp({ email, password: goodPassword }),
    })
    expect(status).toBe(429)
  })

  it('S22 start anew with a right code, also those that came before there was one to type', async () => {
    const { native, supabase } = doorsOf(world)
    const { email } = await aMember(world, native)
    const miss = () => send(`${supabase.base}/verify`, { body: { type: 'email', email, token: '00000x' } })
    for (let turn = 0; turn < 9; turn += 1) expect((await miss()).status).toBe(403)
    const typed = await begin(world, supabase, 'sign_in', email)
    tokensOf(await supabase.type({ ...typed }))
    for (let turn = 0; turn < 9; turn += 1) expect((await miss()).status).toBe(403)
    world.clock.move(61)
    const again = await begin(world, supabase, 'sign_in', email)
    expect((await supabase.type({ ...again, code: wrongCode(again.code) })).status).toBe(403)
    expect((await supabase.type({ ...again })).status).toBe(429)
  })

  it('S22 are opened by an administrator, whichever of them is closed', async () => {
    const { native, supabase } = doorsOf(world)
    const { email, id } = await aMember(world, native)
    const miss = () => send(`${supabase.base}/verify`, { body: { type: 'email', email, token: '00000x' } })
    for (let turn = 0; turn < 11; turn += 1) await miss()
    expect((await miss()).status).toBe(429)
    const seen = await send(`${native.base}/admin/users/${id}`, { method: 'GET', token: world.secretKey })
    expect(seen.body['lockedUntil']).not.toBeNull()
    const opened = await send(`${native.base}/admin/users/${id}/lock`, { method: 'DELETE', token: world.secretKey })
    expect(opened.status).toBeLessThan(300)
    expect((await miss()).status).toBe(403)
  })
})
