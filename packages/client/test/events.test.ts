import { describe, expect, it } from 'vitest'
import { createAdmin } from '../src/admin/index.ts'
import type { Page, Runtime } from '../src/base/runtime.ts'
import { createUserEvents, type UserEvent } from '../src/events/index.ts'
import { readStream } from '../src/events/read-stream.ts'
import { aClient, aPerson, aSignedIn, aWorld, ok, password } from './world.ts'

const world = aWorld()
const soon = { timeout: 20_000, interval: 20 }

/** Milliseconds until a hidden page lets go. */
const hiddenPage = 45_000

/** A clock in a hurry: a second takes ten milliseconds, except in round times, for which answers are waited for. */
const hurried: Pick<Runtime, 'after'> = {
  after(ms, work) {
    const waitsForAnswer = (ms % 5_000 === 0 && ms !== hiddenPage) || ms === 8_000
    const timer = setTimeout(work, waitsForAnswer ? ms : ms / 100)
    return () => clearTimeout(timer)
  },
}

/** A network that counts streams, cuts them, and is gone for a while. */
function aNetwork() {
  const state = { isGone: false, streams: 0, cuts: [] as (() => void)[], resumed: [] as (string | null)[] }
  const fetcher: typeof fetch = async (input, init) => {
    if (state.isGone) throw new TypeError('offline')
    if (!String(input).endsWith('/me/events')) return fetch(input, init)
    const abort = new AbortController()
    state.cuts.push(() => abort.abort())
    state.resumed.push(new Headers(init?.headers).get('last-event-id'))
    const response = await fetch(input, { ...init, signal: abort.signal })
    // What happens before the server has answered is none of a new stream's.
    state.streams += 1
    return response
  }
  const cut = () => {
    for (const each of state.cuts.splice(0)) each()
  }
  return { state, fetcher, cut }
}

const listenTo = (events: ReturnType<typeof createUserEvents>) => {
  const heard: UserEvent[] = []
  const stop = events.onUserEvent((event) => void heard.push(event))
  return { heard, stop, types: () => heard.map(({ type }) => type) }
}

async function another(email: string) {
  const auth = aClient(world())
  await ok(auth.signInWithPassword({ email, password }))
  return auth
}

describe('live events', () => {
  it('tell of other devices, with types that say what there is', async () => {
    const network = aNetwork()
    const { auth, email } = await aSignedIn(world(), { fetch: network.fetcher }, { fetch: network.fetcher })
    const { heard, stop, types } = listenTo(createUserEvents(auth))
    await expect.poll(() => network.state.streams, soon).toBe(1)
    const laptop = await another(email)
    await expect.poll(types, soon).toEqual(['session.opened'])
    const state = laptop.state
    expect(state.status === 'signed_in' && heard[0]?.sessionId === state.session.id).toBe(true)
    await ok(laptop.me.update({ displayName: 'Ada' }))
    await ok(laptop.signOut())
    await expect.poll(types, soon).toEqual(['session.opened', 'user.updated', 'session.ended'])
    expect(auth.state.status).toBe('signed_in')
    stop()
  })

  it('sign out at once whose session is ended elsewhere', async () => {
    const network = aNetwork()
    const { auth, email } = await aSignedIn(world(), {}, { fetch: network.fetcher })
    const { stop, types } = listenTo(createUserEvents(auth))
    await expect.poll(() => network.state.streams, soon).toBe(1)
    const laptop = await another(email)
    await expect.poll(types, soon).toEqual(['session.opened'])
    await ok(laptop.sessions.revokeOthers())
    await expect.poll(() => auth.state, soon).toMatchObject({ status: 'signed_out', reason: 'session_not_found' })
    expect(types().at(-1)).toBe('session.ended')
    stop()
  })

  it('go on after the connection was cut and the network was gone, each told once', async () => {
    const network = aNetwork()
    const runtime = { fetch: network.fetcher, ...hurried }
    const { auth, email } = await aSignedIn(world(), {}, runtime)
    const { heard, stop, types } = listenTo(createUserEvents(auth))
    await expect.poll(() => network.state.streams, soon).toBe(1)
    await another(email)
    await expect.poll(types, soon).toEqual(['session.opened'])
    network.state.isGone = true
    network.cut()
    const laptop = await another(email)
    await ok(laptop.me.update({ displayName: 'Grace' }))
    network.state.isGone = false
    await expect.poll(types, soon).toEqual(['session.opened', 'session.opened', 'user.updated'])
    expect(new Set(heard.map(({ id }) => id)).size).toBe(3)
    expect(network.state.resumed).toContain(heard[0]?.id)
    stop()
  })

  it('miss nothing although the connection was cut before the first', async () => {
    const network = aNetwork()
    const { auth, email } = await aSignedIn(world(), {}, { fetch: network.fetcher, ...hurried })
    const events = createUserEvents(auth)
    const { stop, types } = listenTo(events)
    await expect.poll(() => network.state.streams, soon).toBe(1)
    // Cut until it had been told where it stood.
    const last = () => {
      if (network.state.resumed.at(-1) === null) network.cut()
      return network.state.resumed.at(-1)
    }
    await expect.poll(last, { timeout: 10_000, interval: 200 }).not.toBeNull()
    network.state.isGone = true
    network.cut()
    await another(email)
    network.state.isGone = false
    await expect.poll(types, soon).toEqual(['session.opened'])
    stop()
  })

  it('share one connection, which the last listener closes', async () => {
    const network = aNetwork()
    const { auth, email } = await aSignedIn(world(), {}, { fetch: network.fetcher, ...hurried })
    const events = createUserEvents(auth)
    const [a, b] = [listenTo(events), listenTo(events)]
    await expect.poll(() => network.state.streams, soon).toBe(1)
    await another(email)
    await expect.poll(() => [a.types(), b.types()], soon).toEqual([['session.opened'], ['session.opened']])
    a.stop()
    a.stop()
    await another(email)
    await expect.poll(() => b.types().length, soon).toBe(2)
    expect([a.heard.length, network.state.streams]).toEqual([1, 1])
    b.stop()
    await another(email)
    network.cut()
    expect([b.heard.length, network.state.streams]).toEqual([2, 1])
  })

  it('follow whoever is signed in, and tell nobody of the one before', async () => {
    const network = aNetwork()
    const { auth, email } = await aSignedIn(world(), {}, { fetch: network.fetcher, ...hurried })
    const { heard, stop, types } = listenTo(createUserEvents(auth))
    await expect.poll(() => network.state.streams, soon).toBe(1)
    const next = await aPerson(world())
    await ok(auth.signOut())
    await ok(auth.signInWithPassword({ email: next, password }))
    await expect.poll(() => network.state.streams, soon).toBe(2)
    expect(network.state.resumed).toEqual([null, null])
    await another(email)
    await another(next)
    await expect.poll(types, soon).toContain('session.opened')
    const state = auth.state
    expect(heard.every(({ userId }) => state.status === 'signed_in' && userId === state.user.id)).toBe(true)
    stop()
  })

  it('rest in pages that nobody looks at, and catch up when they are seen', async () => {
    const network = aNetwork()
    const look = { isVisible: true, woken: new Set<() => void>() }
    const page: Page = {
      href: () => 'https://app.example.test/',
      replace() {},
      leave() {},
      close() {},
      isVisible: () => look.isVisible,
      onWake(woken) {
        look.woken.add(woken)
        return () => void look.woken.delete(woken)
      },
      onHide: () => () => {},
    }
    const turn = (isVisible: boolean) => {
      look.isVisible = isVisible
      for (const woken of look.woken) woken()
    }
    const runtime = { fetch: network.fetcher, ...hurried, page }
    const { auth, email } = await aSignedIn(world(), { handleRedirect: false }, runtime)
    const { stop, types } = listenTo(createUserEvents(auth))
    await expect.poll(() => network.state.streams, soon).toBe(1)
    await another(email)
    await expect.poll(types, soon).toEqual(['session.opened'])
    turn(false)
    const admin = createAdmin({ url: world().url, secretKey: world().secretKey })
    const state = auth.state
    const id = state.status === 'signed_in' ? state.user.id : ''
    // Longer than a hidden page holds on, at this pace.
    await new Promise((resolve) => setTimeout(resolve, 700))
    await ok(admin.users.update(id, { displayName: 'Ada' }))
    turn(true)
    await expect.poll(types, soon).toEqual(['session.opened', 'user.updated'])
    expect(network.state.streams).toBe(2)
    stop()
  })
})

describe('reading a stream', () => {
  it('puts pieces together wherever they were cut, and passes over what it does not know', async () => {
    const text = ': here\n\nid: 1\nevent: a\ndata: {"x":\ndata: "é"}\n\nretry: 5\n\nid:2\r\n\r\ndata: 3\n\ndata: lost'
    for (let size = 1; size < 9; size++) {
      const bytes = new TextEncoder().encode(text)
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size))
          controller.close()
        },
      })
      const blocks: unknown[] = []
      await readStream(
        stream.getReader(),
        () => {},
        (block) => void blocks.push(block),
      )
      expect(blocks).toEqual([
        { id: '1', data: '{"x":\n"é"}' },
        { id: '2', data: undefined },
        { id: undefined, data: '3' },
      ])
    }
  })
})
