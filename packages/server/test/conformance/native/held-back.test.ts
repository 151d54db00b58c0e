import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAddress, aPerson, codeOf, type NativeWorld, password, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative({ limits: { enabled: true, sendNetwork: { limit: 200, seconds: 60 } } })
})
afterAll(() => world.close())

const signUp = (email: string, secret = password) =>
  world.ask('POST /sign-up/password', { body: { email, password: secret } })

describe('a second message within a minute', () => {
  it('is not sent, and neither answer tells whose address it is', async () => {
    const free = anAddress()
    const { email: taken } = await aPerson(world)
    world.clock.move(120)
    const seen = []
    for (const email of [free, taken]) {
      const first = (await signUp(email)).body.attempt
      const second = (await signUp(email)).body.attempt
      expect(second.token).not.toBe(first.token)
      seen.push([
        second.expiresAt === first.expiresAt,
        second.step.resendAt === first.step.resendAt,
        Object.keys(second),
      ])
    }
    expect(seen[0]).toEqual(seen[1])
    expect(seen[0]?.slice(0, 2)).toEqual([true, true])
  })

  it('leaves each attempt the password that came with it', async () => {
    const email = anAddress()
    await signUp(email, 'what a stranger chose')
    const mine = (await signUp(email, password)).body.attempt
    const { code } = await world.inbox.waitFor(email, 'sign_up')
    const done = await world.ask('POST /attempts/answer', { body: { attempt: mine.token, code } })
    expect(done.body.status).toBe('complete')
    expect((await world.ask('POST /sign-in/password', { body: { email, password } })).status).toBe(200)
    const theirs = { email, password: 'what a stranger chose' }
    expect(codeOf(await world.ask('POST /sign-in/password', { body: theirs }))).toBe('invalid_credentials')
  })

  it('is sent once it may be, and the older code is dead then', async () => {
    const email = anAddress()
    const begun = (await world.ask('POST /sign-in/code', { body: { email } })).body.attempt
    const body = { attempt: begun.token }
    const first = await world.inbox.waitFor(email)
    const early = await world.ask('POST /attempts/challenge', { body })
    expect(early.body.attempt).toEqual(begun)
    expect(await world.inbox.list(email)).toHaveLength(1)
    world.clock.move(61)
    const later = await world.ask('POST /attempts/challenge', { body })
    expect(later.body.attempt.step.resendAt > begun.step.resendAt).toBe(true)
    await expect.poll(async () => (await world.inbox.list(email)).length).toBe(2)
    const [second] = await world.inbox.list(email)
    const answer = (code: string | null | undefined) => world.ask('POST /attempts/answer', { body: { ...body, code } })
    if (second?.code !== first.code) expect(codeOf(await answer(first.code))).toBe('otp_expired')
    expect((await answer(second?.code)).body.status).toBe('complete')
  })

  it('cancelled by one who waits for it stays good for the other', async () => {
    const email = anAddress()
    const first = (await world.ask('POST /sign-in/code', { body: { email } })).body.attempt
    const second = (await world.ask('POST /sign-in/code', { body: { email } })).body.attempt
    await world.ask('POST /attempts/cancel', { body: { attempt: second.token } })
    expect(codeOf(await world.ask('POST /attempts/status', { body: { attempt: second.token } }))).toBe(
      'attempt_expired',
    )
    const { code } = await world.inbox.waitFor(email)
    const done = await world.ask('POST /attempts/answer', { body: { attempt: first.token, code } })
    expect(done.body.status).toBe('complete')
  })
})

describe('what is too much', () => {
  it('says when to come back, in the header and in the body', async () => {
    const strict = await startNative({ limits: { enabled: true, public: { limit: 3, seconds: 60 } } })
    for (const left of ['2', '1', '0'])
      expect((await strict.ask('GET /settings')).headers.get('ratelimit-remaining')).toBe(left)
    const over = await strict.ask('GET /settings')
    expect([over.status, codeOf(over)]).toEqual([429, 'over_request_rate_limit'])
    expect(Number(over.headers.get('retry-after'))).toBe(over.body.retryAfter)
    await strict.close()
  })
})
