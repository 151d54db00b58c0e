import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import type { Door } from './wire/door.ts'
import { doorNamed, doorNames } from './wire/doors.ts'
import { countRows } from './wire/dump.ts'
import { aPerson, type Person, pkcePair, returnCode } from './wire/people.ts'
import { parallel, type Reply, verdict } from './wire/send.ts'

let world: World

beforeAll(async () => {
  world = await startWorld({ config: { redirectUrls: ['https://good.test/**'] } })
})
afterAll(() => world.close())

interface Opened {
  readonly person: Person
  readonly code: string
  readonly verifier: string
  readonly link: string
}

/** A sign-in link opened: what is left is the exchange. */
async function opened(door: Door, pair = pkcePair()): Promise<Opened> {
  const person = await aPerson(world)
  expect((await door.requestCode(person.email, pair.challenge)).status).toBe(200)
  const { link } = await world.inbox.waitFor(person.email, 'sign_in')
  const code = returnCode((await door.openLink(link ?? '')).headers.get('location'))
  if (code === undefined) throw new Error('the link brought no code back')
  return { person, code, verifier: pair.verifier, link: link ?? '' }
}

const refusedCode = /^4\d\d (bad_code_verifier|validation_failed|flow_state_(?:not_found|already_used|expired))$/

describe.each(doorNames)('proof of possession, through %s', (name) => {
  const door = () => doorNamed(name, world)
  const begin = (json: object, email: string): Promise<Reply> =>
    name === 'native'
      ? door().call('/sign-in/code', { json: { email, ...json } })
      : door().call('/otp', { json: { email, ...json } })

  it('S67 the right verifier opens a session, once', async () => {
    const { person, code, verifier } = await opened(door())
    const reply = await door().exchange(code, verifier)
    expect(door().held(reply).userId).toBe(person.id)
  })

  it('S67 a wrong, short, long, foreign or missing verifier opens nothing', async () => {
    const wrong = [
      'a'.repeat(42),
      'a'.repeat(129),
      'a'.repeat(43),
      `${'a'.repeat(42)}+`,
      `${'a'.repeat(42)} `,
      `${'a'.repeat(42)}é`,
      pkcePair().challenge,
      '',
    ]
    for (const verifier of wrong) {
      const { person, code } = await opened(door())
      const reply = await door().exchange(code, verifier)
      expect(verdict(reply), verifier).toMatch(refusedCode)
      expect(await world.core.sessions.count(person.id)).toBe(0)
    }
    const { code, person } = await opened(door())
    for (const json of name === 'native'
      ? [{ code }, { code, codeVerifier: null }]
      : [{ auth_code: code }, { auth_code: code, code_verifier: null }]) {
      const reply = await door().call(name === 'native' ? '/sessions/exchange' : '/token?grant_type=pkce', { json })
      expect(verdict(reply)).toMatch(refusedCode)
    }
    expect(await world.core.sessions.count(person.id)).toBe(0)
  })

  it('S67 the challenge itself is no verifier: plain does not exist', async () => {
    const person = await aPerson(world)
    const verifier = 'plain-verifier-plain-verifier-plain-verifier-1'
    const asked =
      name === 'native'
        ? await begin({ codeChallenge: verifier, codeChallengeMethod: 'plain' }, person.email)
        : await begin({ code_challenge: verifier, code_challenge_method: 'plain' }, person.email)
    expect(verdict(asked)).toBe('400 validation_failed')
    expect(await world.inbox.staysEmpty(person.email)).toBe(true)
    const { code } = await opened(door(), { verifier, challenge: pkcePair(verifier).challenge })
    expect(verdict(await door().exchange(code, pkcePair(verifier).challenge))).toMatch(refusedCode)
  })

  it('S67 a challenge that is none is refused when it is given', async () => {
    const person = await aPerson(world)
    const names = name === 'native' ? ['codeChallenge'] : ['code_challenge']
    for (const field of names)
      for (const value of ['short', 'a'.repeat(129), `${'a'.repeat(42)}!`, 7, ['a'.repeat(43)]]) {
        const more = name === 'native' ? {} : { code_challenge_method: 's256' }
        expect((await begin({ [field]: value, ...more }, person.email)).status, String(value)).toBe(400)
      }
    if (name === 'supabase')
      for (const half of [{ code_challenge: pkcePair().challenge }, { code_challenge_method: 's256' }])
        expect((await begin(half, person.email)).status).toBe(400)
  })

  it('S67 a verifier does not help where no challenge was left', async () => {
    const person = await aPerson(world)
    await door().requestCode(person.email)
    const { code } = await world.inbox.waitFor(person.email, 'sign_in')
    for (const guess of [code ?? '', person.id])
      expect(verdict(await door().exchange(guess, pkcePair().verifier))).toMatch(refusedCode)
    expect(await world.core.sessions.count(person.id)).toBe(0)
  })

  it('S68 a wrong verifier burns the code', async () => {
    const { person, code, verifier } = await opened(door())
    expect(verdict(await door().exchange(code, pkcePair().verifier))).toBe('400 bad_code_verifier')
    expect(verdict(await door().exchange(code, verifier))).toMatch(refusedCode)
    expect(await world.core.sessions.count(person.id)).toBe(0)
  })

  it('S68 a second use ends what the first one opened', async () => {
    const { code, verifier, person } = await opened(door())
    const held = door().held(await door().exchange(code, verifier))
    expect(verdict(await door().exchange(code, verifier))).toMatch(refusedCode)
    expect(verdict(await door().me(held.access))).toBe('403 session_not_found')
    expect(door().isSession(await door().refresh(held.refresh))).toBe(false)
    expect(await world.core.audit.count({ userId: person.id, action: 'session.replayed' })).toBe(1)
  })

  it('S68 fifty uses at once open one session at most, and leave none', async () => {
    const { code, verifier, person } = await opened(door())
    const replies = await parallel(50, () => door().exchange(code, verifier))
    expect(replies.filter((reply) => door().isSession(reply))).toHaveLength(1)
    for (const reply of replies.filter((each) => !door().isSession(each))) expect(verdict(reply)).toMatch(refusedCode)
    expect(await world.core.audit.count({ userId: person.id, action: 'session.opened' })).toBe(1)
    expect(await countRows(world.database, 'sessions', 'user_id = $1', [person.id])).toBe(0)
  })

  it('S68 a code is worth nothing after five minutes, nor is one that never was', async () => {
    const { code, verifier, person } = await opened(door())
    world.clock.move(301)
    expect(verdict(await door().exchange(code, verifier))).toMatch(refusedCode)
    for (const unknown of [crypto.randomUUID(), 'x', 'a'.repeat(10_000), "' or 1=1--"])
      expect(verdict(await door().exchange(unknown, verifier)), unknown.slice(0, 20)).toMatch(refusedCode)
    expect(await world.core.sessions.count(person.id)).toBe(0)
  })

  it('S68 S24 the code of one person’s flow does not open another’s with their verifier', async () => {
    const [mine, theirs] = [await opened(door()), await opened(door())]
    expect(verdict(await door().exchange(theirs.code, mine.verifier))).toBe('400 bad_code_verifier')
    expect(door().held(await door().exchange(mine.code, mine.verifier)).userId).toBe(mine.person.id)
  })

  it('S75 nobody but the server sets the parameters of its protocol', async () => {
    const pair = pkcePair()
    const person = await aPerson(world)
    const given = {
      state: 'chosen',
      client_id: 'x',
      redirect_uri: 'https://evil.test',
      response_type: 'token',
      nonce: 'n',
      scope: 'admin',
      auth_code: 'x',
      token_hash: 'x',
    }
    const challenge =
      name === 'native'
        ? { codeChallenge: pair.challenge }
        : { code_challenge: pair.challenge, code_challenge_method: 's256' }
    for (const [field, value] of Object.entries(given)) {
      const reply = await begin({ ...challenge, [field]: value }, person.email)
      expect([200, 400], `${field} ${reply.text}`).toContain(reply.status)
    }
    const query = new URLSearchParams(given).toString()
    const path = name === 'native' ? `/recovery?${query}` : `/recover?${query}`
    const reply = await door().call(path, { json: { email: person.email, ...challenge } })
    expect([200, 400]).toContain(reply.status)
    if (reply.status !== 200) return
    const { link } = await world.inbox.waitFor(person.email, 'recovery')
    expect(link).not.toContain('evil.test')
    const location = (await door().openLink(link ?? '')).headers.get('location') ?? ''
    expect(new URL(location).host).not.toContain('evil.test')
    expect(location).not.toContain('access_token')
  })
})
