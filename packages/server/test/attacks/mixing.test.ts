import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Door } from './wire/door.ts'
import { doorNamed } from './wire/doors.ts'
import { type LoggedServer, startLoggedServer } from './wire/logged-server.ts'
import { aPerson, type Person } from './wire/people.ts'
import { requestText } from './wire/raw.ts'
import { at, parallel, type Reply, textAt } from './wire/send.ts'

let server: LoggedServer

beforeAll(async () => {
  server = await startLoggedServer({ hashing: { queue: 2_000 } })
})
afterAll(() => server.close())

const emailIn = ({ body }: Reply) => at(body, 'email') ?? at(body, 'user', 'email')

/** Again, where the server says that it is too busy to hash. */
async function patiently(work: () => Promise<Reply>): Promise<Reply> {
  for (let tries = 0; tries < 30; tries += 1) {
    const reply = await work()
    if (reply.status !== 503) return reply
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  throw new Error('the server stayed busy')
}

/** Half of what they do succeeds, half fails; every answer must be about them. */
async function aLife(door: Door, person: Person, index: number): Promise<string[]> {
  const ids: string[] = []
  const note = (reply: Reply): Reply => {
    ids.push(reply.headers.get('x-request-id') ?? '')
    return reply
  }
  const signedIn = note(
    await patiently(() => door.signIn(person.email, person.password, { headers: { 'user-agent': `agent-${index}` } })),
  )
  expect(emailIn(signedIn)).toBe(person.email)
  const held = door.held(signedIn)
  expect(held.userId).toBe(person.id)
  const wrong = note(await patiently(() => door.signIn(person.email, `wrong-${index}`)))
  expect(wrong.status).toBe(400)
  expect(door.isSession(wrong)).toBe(false)
  const me = note(await door.me(held.access))
  expect(emailIn(me)).toBe(person.email)
  expect(me.text).toContain(person.id)
  const noted = note(await door.updateMetadata(held.access, { mine: `note-${index}` }))
  expect(JSON.stringify(noted.body)).toContain(`note-${index}`)
  expect(note(await door.updateMetadata(`${held.access}x`, { mine: 'theirs' })).status).toBeGreaterThanOrEqual(401)
  const renewed = door.held(note(await door.refresh(held.refresh)))
  expect(renewed.userId).toBe(person.id)
  expect(renewed.sessionId).toBe(held.sessionId)
  expect(note(await door.refresh(`${held.refresh}x`)).status).toBe(400)
  const last = note(await door.me(renewed.access))
  expect(last.text).toContain(`note-${index}`)
  expect(last.text).not.toMatch(new RegExp(`note-(?!${index}\\b)\\d+`))
  return ids
}

describe('requests do not mix', () => {
  it('S144 two hundred people at once get answers about themselves alone', { timeout: 120_000 }, async () => {
    const people: Person[] = []
    while (people.length < 200) people.push(...(await parallel(20, () => aPerson(server))))
    const doors = [doorNamed('native', server), doorNamed('supabase', server)] as const
    const lives = await Promise.all(people.map((person, index) => aLife(doors[index % 2] as Door, person, index)))
    const ids = lives.flat()
    expect(new Set(ids).size).toBe(ids.length)
    for (const [index, person] of people.entries()) {
      const user = await server.core.users.find(person.id)
      expect(user?.metadata).toMatchObject({ mine: `note-${index}` })
      const events = await server.core.audit.list({ userId: person.id }, { limit: 50 })
      for (const event of events.filter(({ userAgent }) => userAgent?.startsWith('agent-') === true))
        expect(event.userAgent).toBe(`agent-${index}`)
      for (const event of events.filter(({ requestId }) => requestId !== null))
        expect(lives[index]).toContain(event.requestId)
    }
  })

  it('S144 one connection, used by one request after the other without waiting, answers in order', async () => {
    const people = await parallel(10, () => aPerson(server))
    const door = doorNamed('native', server)
    const tokens = await Promise.all(
      people.map(async (person) => door.held(await door.signIn(person.email, person.password)).access),
    )
    const requests = tokens.flatMap((token) => [
      requestText('GET', '/v1/me', { Authorization: `Bearer ${token}` }),
      requestText('GET', '/v1/me', { Authorization: 'Bearer nonsense' }),
      requestText(
        'POST',
        '/v1/sign-in/password',
        { 'content-type': 'application/json' },
        '{"email":"x@example.test","password":"no such thing"}',
      ),
    ])
    const answers = await pipelined(requests)
    expect(answers).toHaveLength(requests.length)
    for (const [index, person] of people.entries()) {
      expect(textAt(JSON.parse(answers[index * 3] ?? ''), 'email')).toBe(person.email)
      expect(textAt(JSON.parse(answers[index * 3 + 1] ?? ''), 'code')).toBe('bad_jwt')
      expect(textAt(JSON.parse(answers[index * 3 + 2] ?? ''), 'code')).toBe('invalid_credentials')
    }
  })
})

/** Sends all requests in one go and takes the answers apart. */
function pipelined(requests: readonly string[]): Promise<string[]> {
  const { hostname, port } = new URL(server.url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(requests.join('')))
    const state = { text: '' }
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => {
      state.text += chunk.toString('utf8')
      const bodies = bodiesOf(state.text)
      if (bodies.length < requests.length) return
      socket.destroy()
      resolve(bodies)
    })
  })
}

function bodiesOf(text: string): string[] {
  const bodies: string[] = []
  for (let rest = text; rest !== ''; ) {
    const end = rest.indexOf('\r\n\r\n')
    const length = Number(/content-length: (\d+)/i.exec(rest.slice(0, end))?.[1])
    if (end === -1 || rest.length < end + 4 + length) break
    bodies.push(rest.slice(end + 4, end + 4 + length))
    rest = rest.slice(end + 4 + length)
  }
  return bodies
}
