import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { signInWithPassword } from '#src/flows/sign-in/with-password.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller } from '../world/core.ts'
import { startWorld, type World } from '../world/world.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf, type Reply } from './tools/door.ts'
import { aFreshAddress, aMember, atOnce } from './tools/people.ts'
import { outcome, send } from './tools/reply.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ config: { hashing: { parallel: 2, queue: 64 } } })
})
afterAll(() => world.close())

/** Asks for the health of the server until told to stop; answers how long each answer took, in milliseconds. */
function watchHealth(): () => Promise<number[]> {
  const taken: number[] = []
  const state = { running: true }
  const loop = (async () => {
    while (state.running) {
      const from = performance.now()
      await fetch(`${world.url}/health`)
      taken.push(performance.now() - from)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })()
  return async () => {
    state.running = false
    await loop
    return taken.sort((a, b) => a - b)
  }
}

it('S5 a flood of sign-ins leaves the server answering, and tells the surplus when to come back', async () => {
  const { native, supabase } = doorsOf(world)
  const member = await aMember(world, native)
  const before = process.memoryUsage.rss()
  const stop = watchHealth()
  const began = performance.now()
  const replies = await atOnce(500, (index) =>
    (index % 2 === 0 ? native : supabase).signIn(index % 3 === 0 ? member.email : aFreshAddress(), 'wrong otters'),
  )
  const took = performance.now() - began
  const health = await stop()
  const seen = new Set(replies.map((reply) => reply.status))
  expect([...seen].filter((status) => ![400, 429, 503].includes(status))).toEqual([])
  const surplus = replies.filter((reply) => reply.status !== 400)
  expect(surplus.length).toBeGreaterThan(0)
  for (const reply of surplus) expect(Number(reply.headers.get('retry-after'))).toBeGreaterThan(0)
  // Client and server share this process, so the probe waits for the flood's own clients too; on a busy machine both are slow.
  expect(health[Math.floor(health.length / 2)]).toBeLessThan(Math.max(250, took / 10))
  expect(process.memoryUsage.rss() - before).toBeLessThan((64 * 19 + 150 + 100) * 1024 * 1024)
  expect((await native.signIn(member.email, member.password)).status).toBe(200)
})

it('S5 what cannot be hashed in time is turned away before anything is counted or looked up for it', async () => {
  const full = await startWorld({ config: { hashing: { parallel: 1, queue: 2 }, limits: { enabled: true } } })
  try {
    const doors = [...Object.values(doorsOf(full)), ...Object.values(clientDoorsOf(full))]
    const { email, password } = await aMember(full, doorsOf(full).native)
    const counted = async () => (await full.database.query(sql`select sum(count) as n from auth.rate_counters`))[0]
    const before = await counted()
    const places = await Promise.all([1, 2, 3].map(() => full.core.hasher.turn('compare')))
    for (const door of doors) {
      const reply = await door.signIn(email, password)
      expect([door.name, reply.status, Number(reply.headers.get('retry-after')) > 0]).toEqual([door.name, 503, true])
    }
    expect(await counted()).toEqual(before)
    places.forEach((leave) => {
      leave()
    })
    for (const door of doors) expect([door.name, (await door.signIn(email, password)).status]).toEqual([door.name, 200])
    expect(await counted()).not.toEqual(before)
  } finally {
    await full.close()
  }
})

it('S5 of a flood that comes at once no more is counted or looked up than can be hashed in time', async () => {
  const full = await startWorld({ config: { hashing: { parallel: 1, queue: 2 }, limits: { enabled: true } } })
  try {
    const { email, password } = await aMember(full, doorsOf(full).native)
    const counted = async () =>
      Number((await full.database.query<{ n: number }>(sql`select sum(count)::int as n from auth.rate_counters`))[0]?.n)
    for (const door of Object.values(doorsOf(full))) {
      const before = await counted()
      const refused: number[] = []
      const flood = { replies: Promise.resolve<Reply[]>([]) }
      await full.database.transaction(async (tx) => {
        await tx.query(sql`lock table auth.rate_counters in exclusive mode`)
        flood.replies = atOnce(40, async () => {
          const reply = await door.signIn(email, password)
          if (reply.status === 503) refused.push(Number(reply.headers.get('retry-after')))
          return reply
        })
        flood.replies.catch(() => undefined)
        // Nobody can be counted yet, and whoever finds no place does not wait for it.
        await vi.waitUntil(() => refused.length >= 37, { timeout: 30_000 })
      })
      const replies = await flood.replies
      expect([door.name, replies.filter(({ status }) => status === 200).length]).toEqual([door.name, 3])
      expect(refused).toEqual(Array.from({ length: 37 }, () => 2))
      expect(await counted()).toBe(before + 3)
    }
  } finally {
    await full.close()
  }
})

it('S5 for whoever has hung up while they waited nothing is looked up, counted or hashed', async () => {
  const patient = await startWorld({ config: { hashing: { parallel: 1, queue: 16 }, limits: { enabled: true } } })
  try {
    const { core, database } = patient
    const address = { email: aFreshAddress() }
    const held: Promise<() => void>[] = []
    while (core.hasher.stats().waiting === 0) {
      held.push(core.hasher.turn('compare'))
      await new Promise((resolve) => setImmediate(resolve))
    }
    const tries = Promise.allSettled(
      [true, false].map((gone) =>
        signInWithPassword(core, aCaller({ isGone: () => gone }), { address, password: 'wrong otters' }),
      ),
    )
    for (const turn of held) (await turn)()
    expect(await tries).toMatchObject([
      { reason: { code: 'unavailable', details: { reason: 'caller_gone' } } },
      { reason: { code: 'invalid_credentials' } },
    ])
    const counted = await database.query<{ count: number }>(sql`select count from auth.guess_counters`)
    // One try: with the address from the network, with the address, from the network, at the account.
    expect(counted.map(({ count }) => Number(count))).toEqual([1, 1, 1, 1])
  } finally {
    await patient.close()
  }
})

it('S5 a huge password is refused without being hashed, whether or not the account exists', async () => {
  for (const door of Object.values(doorsOf(world))) {
    const member = await aMember(world, door)
    const huge = 'o'.repeat(900 * 1024)
    const [known, unknown] = [await door.signIn(member.email, huge), await door.signIn(aFreshAddress(), huge)]
    expect(outcome(known)).toBe(outcome(unknown))
    expect(known.status).toBe(400)
    const began = performance.now()
    const replies = await atOnce(50, (index) => door.signIn(index % 2 ? member.email : aFreshAddress(), huge))
    expect(new Set(replies.map(outcome))).toEqual(new Set([outcome(known)]))
    expect(performance.now() - began).toBeLessThan(20_000)
  }
  expect((await send(`${world.url}/health`, { method: 'GET' })).status).toBe(200)
})
