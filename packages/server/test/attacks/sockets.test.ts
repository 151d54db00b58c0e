import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { updateUser } from '#src/flows/admin/update-user.ts'
import { signInWithPassword } from '#src/flows/sign-in/with-password.ts'
import { aCaller } from '../world/core.ts'
import { startWorld, type World } from '../world/world.ts'
import { aPerson } from './wire/people.ts'

const soon = { timeout: 15_000, interval: 20 }
const admin = { type: 'admin', id: 'test' } as const

/** One socket of the protocol, without the library: what came, and how it ended. */
interface Raw {
  readonly socket: WebSocket
  readonly packets: string[]
  readonly state: { closed: boolean }
}

describe('the sockets of the Altogic dialect', () => {
  let world: World
  beforeAll(async () => {
    world = await startWorld({ config: { corsOrigins: ['https://good.example'], events: { streams: 3 } } })
  })
  afterAll(() => world.close())

  const place = (kind: 'ws' | 'http', rest: string) => `${world.url.replace('http', kind)}/socket.io/?EIO=4&${rest}`
  const open = async (auth: unknown, headers: Record<string, string> = {}): Promise<Raw> => {
    const socket = new WebSocket(place('ws', 'transport=websocket'), { headers })
    const packets: string[] = []
    const state = { closed: false }
    socket.on('message', (data) => {
      packets.push(String(data))
      if (String(data).startsWith('0')) socket.send(`40${auth === undefined ? '' : JSON.stringify(auth)}`)
      if (String(data) === '2') socket.send('3')
    })
    socket.on('error', () => undefined)
    socket.once('close', () => {
      state.closed = true
    })
    await expect.poll(() => state.closed || packets.some((each) => each.startsWith('4')), soon).toBe(true)
    return { socket, packets, state }
  }
  const key = () => ({ clientKey: world.publishableKey })
  const someone = async () => {
    const person = await aPerson(world)
    const signedIn = await signInWithPassword(world.core, aCaller(), {
      address: { email: person.email },
      password: person.password,
    })
    if (signedIn.kind !== 'complete') throw new Error(`not signed in: ${signedIn.kind}`)
    const { grant } = signedIn
    return { ...person, token: grant.refreshToken, sessionId: grant.session.id }
  }
  const touch = (id: string) => updateUser(world.core, aCaller(), admin, { id, change: { displayName: 'Touched' } })
  const events = ({ packets }: Raw) => packets.filter((each) => each.startsWith('42["user:'))

  it('are for people who are signed in alone, where the key says so', async () => {
    const asked = { kind: 'publishable', name: 'strict', scopes: [], origins: [], expiresAt: null } as const
    const strict = await world.core.apiKeys.create({ ...asked, needsSession: true })
    const { token } = await someone()
    for (const Session of [undefined, '', 'stale']) {
      const { packets, socket } = await open({ clientKey: strict.key, Session })
      expect(packets.filter((each) => each.startsWith('4'))).toEqual([expect.stringMatching(/^44\{/)])
      socket.close()
    }
    const { packets, socket } = await open({ clientKey: strict.key, Session: token })
    expect(packets.some((each) => each.startsWith('40'))).toBe(true)
    socket.close()
    const anybody = await open(key())
    expect(anybody.packets.some((each) => each.startsWith('40'))).toBe(true)
    anybody.socket.close()
  })

  it('S101 tell nobody of anybody else, whatever is sent', async () => {
    const [mallory, victim] = [await someone(), await someone()]
    const raw = await open({ ...key(), Session: mallory.token })
    await expect.poll(() => world.core.feed.count(), soon).toBe(1)
    const tries = [
      ['join', { channel: victim.id, echo: true }],
      ['join', { channel: `user:${victim.id}` }],
      ['message', { channel: victim.id, eventName: 'user:update', message: 1 }],
      ['update', { data: { userId: victim.id, Session: victim.token } }],
      ['user:update', 'user:update', null],
    ]
    for (const each of tries) raw.socket.send(`42${JSON.stringify(each)}`)
    const watching = await open({ ...key(), Session: victim.token })
    await expect.poll(() => world.core.feed.count(), soon).toBe(2)
    await touch(victim.id)
    await expect.poll(() => events(watching), soon).toHaveLength(1)
    await touch(mallory.id)
    await expect.poll(() => events(raw), soon).toHaveLength(1)
    expect([...raw.packets, ...watching.packets].join()).not.toContain(victim.email)
    expect([...raw.packets, ...watching.packets].join()).not.toContain(victim.token)
    raw.socket.close()
    watching.socket.close()
    await expect.poll(() => world.core.feed.count(), soon).toBe(0)
  })

  it('S51 end with the session, and its token opens none that is told anything', async () => {
    const person = await someone()
    const raw = await open({ ...key(), Session: person.token })
    await expect.poll(() => world.core.feed.count(), soon).toBe(1)
    await world.core.sessions.endAll(person.id)
    await expect.poll(() => raw.state.closed, soon).toBe(true)
    const again = await open({ ...key(), Session: person.token })
    await touch(person.id)
    expect(world.core.feed.count()).toBe(0)
    expect(events(again)).toEqual([])
    again.socket.close()
  })

  it('S86 are told nothing before the second factor, nor with what is no session token', async () => {
    const person = await someone()
    await world.core.factors.add({ userId: person.id, type: 'totp', name: 'app', status: 'verified' })
    const odd = [person.token, person.id, person.sessionId, '', 'x'.repeat(5_000), 1, null, {}, [person.token], true]
    for (const Session of odd) {
      const raw = await open({ ...key(), Session })
      expect(world.core.feed.count()).toBe(0)
      raw.socket.close()
    }
  })

  it('S110 are not for pages elsewhere, nor without a key', async () => {
    const person = await someone()
    const auth = { ...key(), Session: person.token }
    for (const origin of ['https://evil.example', 'null', 'https://good.example.evil.example', 'http://good.example']) {
      const raw = await open(auth, { origin })
      expect([origin, raw.packets]).toEqual([origin, []])
      const polled = await fetch(place('http', 'transport=polling'), { headers: { origin } })
      expect([polled.status, polled.headers.get('access-control-allow-origin')]).toEqual([403, null])
    }
    const good = await open(auth, { origin: 'https://good.example' })
    expect(good.packets.at(1)).toMatch(/^40/)
    good.socket.close()
    for (const bad of [undefined, {}, { clientKey: '' }, { clientKey: world.secretKey }, { clientKey: ['x'] }, []])
      expect((await open(bad)).packets.filter((each) => each.startsWith('40'))).toEqual([])
  })

  it('S113 are closed for what is too large, malformed or endless', async () => {
    const large = await open(key())
    large.socket.send(`42["message",{"message":"${'x'.repeat(100_000)}"}]`)
    await expect.poll(() => large.state.closed, soon).toBe(true)
    const flood = await open(key())
    for (let count = 0; count < 500; count++) flood.socket.send('42["join",{"channel":"x"}]')
    await expect.poll(() => flood.state.closed, soon).toBe(true)
    const { token } = await someone()
    const again = new WebSocket(place('ws', 'transport=websocket'))
    const state = { closed: false }
    again.on('error', () => undefined)
    again.once('close', () => {
      state.closed = true
    })
    await new Promise((resolve) => again.once('open', resolve))
    for (let count = 0; count < 500; count++) again.send(`40${JSON.stringify({ ...key(), Session: token })}`)
    await expect.poll(() => state.closed, soon).toBe(true)
    // What was looked up for it is found by now, for nobody.
    await someone()
    await expect.poll(() => world.core.feed.count(), soon).toBe(0)
    for (const text of [
      '9',
      '42{',
      '42["__proto__",{}]',
      '4',
      '451-["x",{"_placeholder":true,"num":9}]',
      '40/admin,',
      '41',
    ]) {
      const raw = await open(key())
      raw.socket.send(text)
      raw.socket.send(randomBytes(64))
      raw.socket.close()
    }
    const polled = await fetch(place('http', 'transport=polling'), { method: 'POST', body: 'x'.repeat(200_000) })
    expect(polled.status).toBe(400)
    for (const odd of [
      'EIO=3&transport=polling',
      'EIO=4&transport=carrier',
      'EIO=4&transport=polling&sid=../../x',
      '',
    ]) {
      const answer = await fetch(`${world.url}/socket.io/?${odd}`)
      expect([odd, answer.status]).toEqual([odd, 400])
    }
    expect((await fetch(`${world.url}/v1/settings`)).status).toBe(200)
  })

  it('S114 are limited in number, by user and without one', async () => {
    const person = await someone()
    const auth = { ...key(), Session: person.token }
    const mine = await Promise.all(Array.from({ length: 8 }, () => open(auth)))
    await expect.poll(() => mine.filter(({ state }) => state.closed).length, soon).toBe(5)
    expect(world.core.feed.count()).toBe(3)
    const nameless = await Promise.all(Array.from({ length: 110 }, () => open(key())))
    await expect.poll(() => nameless.filter(({ state }) => state.closed).length, soon).toBeGreaterThanOrEqual(10)
    for (const { socket } of [...mine, ...nameless]) socket.terminate()
    await expect.poll(() => world.core.feed.count(), soon).toBe(0)
    const after = await open(key())
    expect(after.state.closed).toBe(false)
    after.socket.close()
  })

  it('S114 do not outlive whoever leaves before they are connected', async () => {
    const { token } = await someone()
    // Whoever looks something up waits for this to end.
    await world.core.transaction(async (tx) => {
      await tx.users.find(crypto.randomUUID())
      const socket = new WebSocket(place('ws', 'transport=websocket'))
      socket.on('error', () => undefined)
      await new Promise((resolve) => socket.once('message', resolve))
      const gone = new Promise((resolve) => socket.once('close', resolve))
      socket.send(`40${JSON.stringify({ ...key(), Session: token })}`, () => socket.terminate())
      await gone
      for (let count = 0; count < 5; count += 1) await fetch(`${world.url}/health`)
    })
    // What was looked up for them is found by now, for nobody.
    await someone()
    await expect.poll(() => world.core.feed.count(), soon).toBe(0)
  })

  it('S115 an upgrade that nobody offers is ignored, body and all', async () => {
    const { hostname, port } = new URL(world.url)
    const say = (lines: readonly string[], body = '') =>
      new Promise<string>((resolve) => {
        let text = ''
        const socket = connect(Number(port), hostname)
        socket.on('data', (data) => {
          text += data
        })
        socket.on('close', () => resolve(text))
        socket.on('error', () => undefined)
        socket.write([...lines, '', body].join('\r\n'))
      })
    const offer = [
      'host: x',
      'connection: Upgrade, HTTP2-Settings, close',
      'upgrade: h2c',
      'http2-settings: AAMAAABkAAQAAP__',
    ]
    expect(await say(['GET /v1/settings HTTP/1.1', ...offer])).toMatch(/^HTTP\/1.1 200 /)
    const body = JSON.stringify({ email: 'x@example.test', password: 'slow brown walrus' })
    const posted = await say(
      [
        'POST /v1/sign-in/password HTTP/1.1',
        ...offer,
        'content-type: application/json',
        `content-length: ${body.length}`,
      ],
      body,
    )
    expect(posted).toContain('invalid_credentials')
    expect(await say(['GET /v1/nowhere HTTP/1.1', ...offer.with(2, 'upgrade: websocket')])).toMatch(/^HTTP\/1.1 404 /)
  })
})
