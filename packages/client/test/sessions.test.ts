import { describe, expect, it } from 'vitest'
import { systemRuntime } from '../src/base/runtime.ts'
import type { Client } from '../src/client.ts'
import { asyncStorage, memoryStorage, unwrap } from '../src/index.ts'
import { aClient, aPerson, aSignedIn, aWorld, codeOf, ok, password } from './world.ts'

const world = aWorld()

/** A fetch that counts, and may lose answers. */
function aNetwork() {
  const seen: string[] = []
  const lose = { next: 0 }
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const path = new URL(String(input instanceof Request ? input.url : input)).pathname
    seen.push(path)
    const answer = await globalThis.fetch(input, init)
    if (lose.next > 0 && path.endsWith('/refresh')) {
      lose.next -= 1
      await answer.text()
      throw new TypeError('the answer got lost')
    }
    return answer
  }
  return { seen, lose, fetch, count: (path: string) => seen.filter((one) => one.endsWith(path)).length }
}

/** Proves the password once more. */
async function steppedUp(auth: Client): Promise<void> {
  const begun = await ok(auth.elevate())
  if (begun.status !== 'pending') throw new Error('nothing was asked')
  expect(await ok(begun.attempt.answer({ option: 'password', password }))).toMatchObject({ status: 'complete' })
}

describe('a session', { retry: 0 }, () => {
  it('is there again after a reload', async () => {
    const storage = memoryStorage()
    const { email } = await aSignedIn(world(), { storage })
    const again = aClient(world(), { storage })
    expect(again.state).toEqual({ status: 'loading' })
    await again.ready
    expect(again.state).toMatchObject({ status: 'signed_in', user: { email } })
  })

  it('is renewed once for twenty calls that find its token run out', async () => {
    const network = aNetwork()
    const { auth } = await aSignedIn(world(), { fetch: network.fetch }, { fetch: network.fetch })
    world().clock.move(4_000)
    const answers = await Promise.all(Array.from({ length: 20 }, () => auth.sessions.current()))
    world().clock.move(-4_000)
    expect(answers.map(({ error }) => error)).toEqual(Array(20).fill(null))
    expect(network.count('/sessions/refresh')).toBe(1)
  })

  it('survives the loss of the answer to its renewal', async () => {
    const network = aNetwork()
    const { auth } = await aSignedIn(world(), {}, { fetch: network.fetch })
    network.lose.next = 1
    expect(await ok(auth.refresh())).toMatchObject({ user: {} })
    expect(network.count('/sessions/refresh')).toBe(2)
    expect(await ok(auth.me.update({ displayName: 'Still here' }))).toMatchObject({ displayName: 'Still here' })
    expect(auth.state).toMatchObject({ user: { displayName: 'Still here' } })
  })

  it('is renewed in good time, counted from its receipt by whichever clock says more', async () => {
    const shift = { wall: 0, up: 0 }
    const real = systemRuntime()
    const network = aNetwork()
    const runtime = { now: () => real.now() + shift.wall, uptime: () => real.uptime() + shift.up, fetch: network.fetch }
    const { auth } = await aSignedIn(world(), {}, runtime)
    const first = await ok(auth.getAccessToken())
    shift.wall = -7_200_000
    expect(await ok(auth.getAccessToken())).toBe(first)
    shift.up = 3_500_000
    const second = await ok(auth.getAccessToken())
    expect(second).not.toBe(first)
    shift.up = 0
    shift.wall += 3_500_000
    expect(await ok(auth.getAccessToken())).not.toBe(second)
    expect(network.count('/sessions/refresh')).toBe(2)
  })

  it('stays while the server cannot be reached, and says so only once its token has run out', async () => {
    const away = { is: false }
    const real = systemRuntime()
    const shift = { up: 0 }
    const runtime = {
      uptime: () => real.uptime() + shift.up,
      after: (ms: number, work: () => void) => real.after(away.is ? Math.min(ms, 5) : ms, work),
      fetch: (input: string | URL | Request, init?: RequestInit) =>
        away.is ? Promise.reject(new TypeError('offline')) : fetch(input, init),
    }
    const { auth } = await aSignedIn(world(), {}, { fetch: runtime.fetch })
    const storage = memoryStorage()
    const state = auth.state
    if (state.status !== 'signed_in') throw new Error('nobody is in')
    const other = aClient(world(), { storage }, runtime)
    await ok(other.setSession({ refreshToken: state.tokens?.refreshToken ?? '' }))
    away.is = true
    shift.up = 3_400_000
    expect(await ok(other.getAccessToken())).toEqual(expect.any(String))
    shift.up = 3_700_000
    expect(await codeOf(other.getAccessToken())).toMatch(/^(network_error|timeout)$/)
    expect(other.state.status).toBe('signed_in')
    away.is = false
    expect(await ok(other.getAccessToken())).toEqual(expect.any(String))
  })

  it('ends here, with the reason, when it was ended elsewhere', async () => {
    const { auth, email } = await aSignedIn(world())
    const other = aClient(world())
    await ok(other.signInWithPassword({ email, password }))
    await ok(other.sessions.revokeOthers())
    expect(await codeOf(auth.sessions.current())).toBe('session_not_found')
    expect(auth.state).toEqual({ status: 'signed_out', reason: 'session_not_found' })
    expect(await codeOf(auth.sessions.current())).toBe('not_signed_in')
  })

  it('is not brought back by the answer to a renewal that was under way when it was left', async () => {
    const gate: { open?: () => void } = {}
    const network = aNetwork()
    const slow: typeof fetch = async (input, init) => {
      const answer = await network.fetch(input, init)
      if (String(input).endsWith('/sessions/refresh')) await new Promise<void>((resolve) => (gate.open = resolve))
      return answer
    }
    const storage = memoryStorage()
    const { auth } = await aSignedIn(world(), { storage }, { fetch: slow })
    const renewing = auth.refresh()
    while (gate.open === undefined) await new Promise((resolve) => setTimeout(resolve, 5))
    await ok(auth.signOut())
    gate.open()
    expect(await codeOf(renewing)).toBe('not_signed_in')
    expect(auth.state.status).toBe('signed_out')
    const again = aClient(world(), { storage })
    await again.ready
    expect(again.state.status).toBe('signed_out')
  })

  it('is left here first, and the server is told at the next start where it could not be told at once', async () => {
    const storage = memoryStorage()
    const away = { is: false }
    const fetcher: typeof fetch = (input, init) =>
      away.is ? Promise.reject(new TypeError('offline')) : fetch(input, init)
    const { auth, email } = await aSignedIn(world(), { storage }, { fetch: fetcher })
    const watcher = aClient(world())
    await ok(watcher.signInWithPassword({ email, password }))
    away.is = true
    expect(await codeOf(auth.signOut())).toBe('network_error')
    expect(auth.state).toEqual({ status: 'signed_out', reason: null })
    expect((await ok(watcher.sessions.list())).items).toHaveLength(2)
    const next = aClient(world(), { storage })
    await next.ready
    await expect.poll(async () => (await ok(watcher.sessions.list())).items.length).toBe(1)
  })

  it('tells listeners what happened, first how things stand, and none of them can do harm', async () => {
    const email = await aPerson(world())
    const auth = aClient(world())
    const heard: string[] = []
    auth.onChange(({ event }) => {
      heard.push(event)
      throw new Error('a listener of the app')
    })
    const stop = auth.onChange(({ event, state }) => heard.push(`${event} ${state.status}`))
    await auth.ready
    await ok(auth.signInWithPassword({ email, password }))
    await ok(auth.refresh())
    await ok(auth.me.update({ displayName: 'Ada' }))
    await ok(auth.signOut())
    await expect.poll(() => heard.at(-1)).toBe('signed_out signed_out')
    expect(heard.filter((one) => one.includes(' '))).toEqual([
      'initial signed_out',
      'signed_in signed_in',
      'refreshed signed_in',
      'user_changed signed_in',
      'signed_out signed_out',
    ])
    stop()
  })

  it('is stored before anybody hears of it', async () => {
    const email = await aPerson(world())
    const held = new Map<string, string>()
    const slowly = () => new Promise<void>((resolve) => setTimeout(resolve, 20))
    const storage = asyncStorage({
      getItem: async (key) => held.get(key) ?? null,
      setItem: (key, value) => slowly().then(() => held.set(key, value)),
      removeItem: (key) => slowly().then(() => held.delete(key)),
    })
    const auth = aClient(world(), { storage })
    const heard: unknown[] = []
    const key = `watchword.${new URL(world().url).host.replace(':', '.')}`
    auth.onChange(({ event }) => heard.push([event, held.has(key)]))
    await ok(auth.signInWithPassword({ email, password }))
    await ok(auth.signOut())
    await expect
      .poll(() => heard)
      .toEqual([
        ['initial', false],
        ['signed_in', true],
        ['signed_out', false],
      ])
  })

  it('is kept where names are of letters, digits, dots, dashes and underscores alone', async () => {
    const held = new Map<string, string>()
    const strict = (key: string) => {
      if (!/^[\w.-]+$/.test(key)) throw new Error(`a storage of secrets takes no ${key}`)
      return key
    }
    const storage = asyncStorage({
      getItem: async (key) => held.get(strict(key)) ?? null,
      setItem: async (key, value) => held.set(strict(key), value),
      removeItem: async (key) => held.delete(strict(key)),
    })
    await aSignedIn(world(), { storage })
    const again = aClient(world(), { storage })
    await again.ready
    expect(again.state.status).toBe('signed_in')
    await ok(again.signOut())
    expect(held.size).toBe(0)
  })

  it('is proved anew by elevation, and goes on with new tokens', async () => {
    const { auth } = await aSignedIn(world())
    const before = await ok(auth.getAccessToken())
    await steppedUp(auth)
    expect(await ok(auth.getAccessToken())).not.toBe(before)
    expect(await ok(auth.refresh())).toMatchObject({ session: { id: expect.any(String) } })
    await ok(auth.me.delete())
    expect(auth.state).toEqual({ status: 'signed_out', reason: null })
  })

  it('goes on where a request that slept on its way comes long after it stepped up in another tab', async () => {
    const storage = memoryStorage()
    const held: { release?: () => void } = {}
    const sleeping: typeof globalThis.fetch = async (input, init) => {
      const isRenewal = String(input instanceof Request ? input.url : input).endsWith('/sessions/refresh')
      if (isRenewal && held.release === undefined)
        await new Promise<void>((resolve) => {
          held.release = resolve
        })
      return globalThis.fetch(input, init)
    }
    const { auth, email } = await aSignedIn(world(), { storage })
    await ok(auth.refresh())
    const other = aClient(world(), { storage }, { fetch: sleeping })
    await other.ready
    const late = other.refresh()
    await expect.poll(() => held.release).toBeDefined()
    await steppedUp(auth)
    await ok(auth.refresh())
    world().clock.move(60)
    held.release?.()
    expect(await ok(late)).toMatchObject({ user: { email } })
    for (const tab of [other, auth]) expect(await ok(tab.getUser({ fresh: true }))).toMatchObject({ user: { email } })
  })

  it('S46 ends where an older token is all that is left of it, and somebody else has the newer one', async () => {
    const storage = memoryStorage()
    const network = aNetwork()
    const { auth } = await aSignedIn(world(), { storage })
    await ok(auth.refresh())
    const copy = memoryStorage()
    const key = `watchword:${new URL(world().url).host}`
    await copy.set(key, (await storage.get(key)) ?? '')
    const owner = aClient(world(), { storage: copy }, { fetch: network.fetch })
    await owner.ready
    await steppedUp(auth)
    await ok(auth.refresh())
    world().clock.move(60)
    expect(await codeOf(owner.refresh())).toBe('refresh_token_already_used')
    expect(network.count('/sessions/refresh')).toBe(2)
    expect(owner.state).toEqual({ status: 'signed_out', reason: 'refresh_token_already_used' })
    expect(await codeOf(auth.refresh())).toBe('refresh_token_not_found')
  })

  it('is checked here with the public keys, and there when asked for', async () => {
    const network = aNetwork()
    const { auth, email } = await aSignedIn(world(), {}, { fetch: network.fetch })
    const before = network.seen.length
    const local = await ok(auth.getUser())
    expect(local).toMatchObject({
      verified: 'local',
      aal: 'aal1',
      user: { email, role: 'authenticated', roles: ['user', 'me'] },
    })
    expect(network.seen.slice(before).sort()).toEqual(['/.well-known/jwks.json', '/.well-known/openid-configuration'])
    await ok(auth.getUser())
    expect(network.seen.length).toBe(before + 2)
    const fresh = await ok(auth.getUser({ fresh: true }))
    expect(fresh).toMatchObject({ verified: 'server', user: { email, displayName: '' } })
  })

  it('sends its token to the origins that were named, and to nobody else', async () => {
    const sent: (string | null)[] = []
    const spy: typeof fetch = async (input, init) => {
      if (input instanceof Request && !input.url.startsWith(world().url)) {
        sent.push(input.headers.get('authorization'))
        return new Response('{}')
      }
      if (String(input).includes('stranger')) {
        sent.push(new Headers(init?.headers).get('authorization'))
        return new Response('{}')
      }
      return fetch(input, init)
    }
    const { auth } = await aSignedIn(world(), { sendTokenTo: ['https://api.example.test'] }, { fetch: spy })
    await auth.fetch('https://api.example.test/things')
    await auth.fetch('https://stranger.example.test/things')
    expect(sent).toEqual([expect.stringMatching(/^Bearer ey/), null])
    world().clock.move(4_000)
    const answer = await auth.fetch(`${world().url}/v1/me`)
    world().clock.move(-4_000)
    expect(answer.status).toBe(200)
  })

  it('is unwrapped for those who prefer to throw', async () => {
    await expect(unwrap(aClient(world()).sessions.current())).rejects.toMatchObject({ code: 'not_signed_in' })
  })
})
