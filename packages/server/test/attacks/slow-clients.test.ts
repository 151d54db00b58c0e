import type { Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { dial, raw, requestText } from './wire/raw.ts'
import { parallel, send } from './wire/send.ts'

const headerMs = 2_000
const requestMs = 4_000
let world: World

beforeAll(async () => {
  world = await startWorld({
    config: { http: { headerMs, requestMs, keepAliveMs: 1_000, connectionsPerAddress: 1_100 } },
  })
})
afterAll(() => world.close())

const patience = { timeout: 30_000, interval: 50 }
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Feeds a byte now and then until the server has had enough. @returns what it said and whether it closed */
async function drip(socket: Socket, text: string, everyMs: number): Promise<{ said: string; closed: boolean }> {
  const state = { said: '', closed: false }
  socket.on('data', (chunk: Buffer) => {
    state.said += chunk.toString('latin1')
  })
  socket.on('close', () => {
    state.closed = true
  })
  socket.on('error', () => {})
  for (const character of text) {
    if (state.closed || state.said !== '') break
    socket.write(character)
    await pause(everyMs)
  }
  await vi.waitUntil(() => state.closed, patience).catch(() => undefined)
  socket.destroy()
  return state
}

describe('slow clients', () => {
  it('S114 a thousand of them are closed with 408, and everybody else is served', async () => {
    const sockets = await parallel(1_000, () => dial(world.url, '127.0.0.2'))
    const slow = Promise.all(
      sockets.map((socket) => drip(socket, `GET /health HTTP/1.1\r\nHost: x\r\nX-Slow: ${'a'.repeat(40)}`, 1_000)),
    )
    const others = []
    for (let round = 0; round < 20; round += 1) {
      others.push(...(await parallel(5, () => send(`${world.url}/health`))))
      await pause(50)
    }
    expect(others.every(({ status }) => status === 200)).toBe(true)
    const ends = await slow
    expect(ends.filter(({ closed }) => !closed)).toHaveLength(0)
    expect(ends.filter(({ said }) => said !== '' && !said.startsWith('HTTP/1.1 408'))).toHaveLength(0)
    expect(ends.filter(({ said }) => said.startsWith('HTTP/1.1 408')).length).toBeGreaterThan(900)
  })

  it('S114 a body that trickles in is not waited for either', async () => {
    const head = requestText('POST', '/v1/sign-in/password', {
      'content-type': 'application/json',
      'Content-Length': '100',
    })
    const ends = await parallel(50, async () => {
      const socket = await dial(world.url, '127.0.0.3')
      socket.write(head)
      return drip(socket, '{"email":"a@b.test"', 500)
    })
    for (const { closed, said } of ends) {
      expect(closed).toBe(true)
      expect(said).toMatch(/^HTTP\/1\.1 408/)
    }
  })

  it('S114 one address holds so many connections and no more, and takes nobody’s place', async () => {
    const capped = await startWorld({ config: { http: { connectionsPerAddress: 50 } } })
    const held = await parallel(50, () => dial(capped.url, '127.0.0.4'))
    const from = { localAddress: '127.0.0.4' }
    const closed = { count: 0 }
    const surplus = await parallel(20, () => dial(capped.url, '127.0.0.4'))
    for (const socket of surplus) socket.once('close', () => (closed.count += 1)).on('error', () => {})
    await expect.poll(() => closed.count).toBe(20)
    expect((await send(`${capped.url}/health`)).status).toBe(200)
    for (const socket of [...held, ...surplus]) socket.destroy()
    const again = () => raw(capped.url, requestText('GET', '/health', { Connection: 'close' }), from)
    await expect.poll(async () => (await again()).status).toBe(200)
    await capped.close()
  })

  it('S114 an idle connection is closed', async () => {
    const socket = await dial(world.url, '127.0.0.5')
    socket.write(requestText('GET', '/health'))
    const closed = { yes: false }
    socket.on('close', () => (closed.yes = true)).on('data', () => {})
    await expect.poll(() => closed.yes, patience).toBe(true)
  })

  it('S114 a fresh install waits ten seconds for headers, thirty for a request, and a bit over a minute between them', async () => {
    const plain = await startWorld()
    try {
      expect(plain.config.deployment.http).toMatchObject({ headerMs: 10_000, requestMs: 30_000, keepAliveMs: 65_000 })
      expect(plain.config.deployment.http.connectionsPerAddress).toBeLessThanOrEqual(1_000)
    } finally {
      await plain.close()
    }
  })
})
