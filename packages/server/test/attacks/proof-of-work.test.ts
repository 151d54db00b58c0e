import { type Challenge, type Solution, solveChallenge } from 'altcha-lib'
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { type Reply, send, tally } from './tools/reply.ts'
import { freshEmail } from './wire/people.ts'

const worlds: World[] = []
let world: World
const start = async () => {
  const started = await startWorld({
    // Hosts are compared where there is a page that a captcha was drawn on: here there is none.
    config: { captcha: { provider: 'proof_of_work', work: 1_000, hostnames: ['app.example.test'] } },
  })
  worlds.push(started)
  return started
}
beforeAll(async () => {
  world = await start()
})
afterAll(async () => {
  for (const each of worlds) await each.close()
})

interface Payload {
  readonly challenge: Challenge
  readonly solution: Solution
}
const encode = (payload: unknown): string => Buffer.from(JSON.stringify(payload)).toString('base64')
const ask = (captcha: string, at = world): Promise<Reply> =>
  send(`${at.url}/v1/sign-in/code`, { body: { email: freshEmail(), captcha } })

async function challenge(place?: string, at = world): Promise<Challenge> {
  const reply = await send(`${at.url}/v1/captcha${place === undefined ? '' : `?for=${place}`}`, { method: 'GET' })
  return reply.body as unknown as Challenge
}
async function solve(given: Challenge, counterStart = 0): Promise<Payload> {
  const solution = await solveChallenge({ challenge: given, deriveKey, counterStart })
  if (solution === null) throw new Error('it was not solved')
  return { challenge: given, solution }
}

describe('S123 proof of work', () => {
  it('S123 one challenge opens one door once, however its solutions are written', async () => {
    const given = await challenge()
    const one = await solve(given)
    const another = await solve(given, one.solution.counter + 1)
    expect(another.solution.counter).not.toBe(one.solution.counter)
    const { parameters, signature } = given
    const writings = [
      encode(one),
      encode(another),
      encode({ ...one, solution: { ...one.solution, time: 1 } }),
      encode({ solution: one.solution, challenge: { signature, parameters } }),
      encode({ ...one, more: 'x' }),
      Buffer.from(JSON.stringify(one, null, 2)).toString('base64'),
      encode(one).replace(/=+$/, ''),
      ` ${encode(one)}`,
      encode({ ...one, challenge: { ...given, parameters: Object.fromEntries(Object.entries(parameters).reverse()) } }),
    ]
    const replies = await Promise.all([...writings, ...writings].map((each) => ask(each)))
    expect(tally(replies)).toEqual({ '200': 1, '400 captcha_failed': 2 * writings.length - 1 })
  })

  it('S123 a challenge that was altered is none', async () => {
    const solved = await solve(await challenge('sign_up'))
    const { parameters, signature } = solved.challenge
    const changes: object[] = [
      { cost: 1 },
      { expiresAt: (parameters.expiresAt ?? 0) + 86_400 },
      { data: undefined },
      { data: { for: 'send' } },
      { keyPrefix: '' },
      { keyPrefix: '0' },
      { keyLength: 1 },
      { nonce: '00'.repeat(16) },
      { salt: '00'.repeat(16) },
      { algorithm: 'SHA-256' },
      { cost: 1e9 },
      { cost: '1000' },
      { more: 1 },
    ]
    for (const change of changes) {
      const altered = { parameters: { ...parameters, ...change }, signature }
      expect((await ask(encode({ ...solved, challenge: altered }))).code).toBe('captcha_failed')
    }
    for (const forged of ['', '00'.repeat(32), signature?.toUpperCase(), null, [signature]])
      expect((await ask(encode({ ...solved, challenge: { parameters, signature: forged } }))).code).toBe(
        'captcha_failed',
      )
  })

  it('S123 a number that was not looked for is no solution', async () => {
    const { challenge: given, solution } = await solve(await challenge())
    const wrong = await deriveKey(given.parameters, Buffer.from(given.parameters.salt, 'hex'), Buffer.alloc(20))
    const guesses: object[] = [
      { ...solution, counter: solution.counter + 1 },
      { ...solution, counter: -1 },
      { ...solution, counter: 2 ** 32 + solution.counter },
      { ...solution, counter: solution.counter + 0.5 },
      { ...solution, counter: String(solution.counter) },
      { ...solution, derivedKey: '00'.repeat(32) },
      { ...solution, derivedKey: solution.derivedKey.toUpperCase() },
      { counter: 0, derivedKey: Buffer.from(wrong.derivedKey).toString('hex') },
      { counter: solution.counter },
      {},
    ]
    for (const guess of guesses)
      expect((await ask(encode({ challenge: given, solution: guess }))).code).toBe('captcha_failed')
    expect((await ask(encode({ challenge: given, solution }))).status).toBe(200)
  })

  it('S123 one for something else, or of another server, is refused', async () => {
    expect((await ask(encode(await solve(await challenge('sign_up'))))).code).toBe('captcha_failed')
    expect((await ask(encode(await solve(await challenge('send'))))).status).toBe(200)
    const other = await start()
    expect((await ask(encode(await solve(await challenge(undefined, other))))).code).toBe('captcha_failed')
  })

  it('S123 S143 an old one is refused, and what was used is not good again when it is forgotten', async () => {
    const own = await start()
    const used = encode(await solve(await challenge(undefined, own)))
    const kept = encode(await solve(await challenge(undefined, own)))
    expect((await ask(used, own)).status).toBe(200)
    own.clock.move(290)
    expect((await ask(used, own)).code).toBe('captcha_failed')
    own.clock.move(11)
    expect((await ask(kept, own)).code).toBe('captcha_failed')
    own.clock.move(3_600)
    expect((await ask(used, own)).code).toBe('captcha_failed')
  })

  it('S113 nothing that is sent in place of one breaks anything', async () => {
    const given = await challenge()
    const junk = [
      'x',
      '%',
      '\u0000',
      'null',
      encode(null),
      encode([]),
      encode(1),
      encode({}),
      encode({ challenge: null, solution: null }),
      encode({ challenge: { parameters: null, signature: '' }, solution: {} }),
      encode({ challenge: given }),
      Buffer.from('{"challenge":'.repeat(200)).toString('base64'),
      Buffer.from(`{"__proto__":{"challenge":1}}`).toString('base64'),
      Buffer.from([0xff, 0xfe, 0x80]).toString('base64'),
      'A'.repeat(4_096),
    ]
    for (const captcha of junk) {
      const reply = await ask(captcha)
      expect([reply.status, captcha.slice(0, 20)]).toEqual([400, captcha.slice(0, 20)])
    }
  })

  it('S121 whoever asks for challenges is counted', async () => {
    const limited = await startWorld({
      config: {
        captcha: { provider: 'proof_of_work' },
        limits: { enabled: true, public: { limit: 5, seconds: 60 } },
      },
    })
    worlds.push(limited)
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => send(`${limited.url}/v1/captcha`, { method: 'GET' })),
    )
    expect(tally(replies)).toEqual({ '200': 5, '429 over_request_rate_limit': 3 })
  })
})
