import { type CookieOptions, createServerClient } from '@supabase/ssr'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import WebSocket from 'ws'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aPerson, goodPassword, landing, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: 'http://localhost:3000' } })
})
afterAll(() => world.close())

/** A browser's cookies, and what a server renders with them. @param sent the cookies it comes with */
function aBrowser(sent: Iterable<[string, string]> = []) {
  const jar = new Map<string, string>(sent)
  const render = () =>
    createServerClient(world.url, world.publishableKey, {
      realtime: { transport: WebSocket as never },
      cookies: {
        getAll: () => [...jar].map(([name, value]) => ({ name, value })),
        setAll(cookies: { name: string; value: string; options: CookieOptions }[]) {
          for (const { name, value, options } of cookies) {
            if (value === '' || options.maxAge === 0) jar.delete(name)
            else jar.set(name, value)
          }
        },
      },
    })
  return { jar, render }
}

describe('rendering on a server', () => {
  it('keeps the session in cookies from one request to the next', async () => {
    const person = await aPerson(world)
    const { jar, render } = aBrowser()
    worked(await render().auth.signInWithPassword(person))
    expect(jar.size).toBeGreaterThan(0)
    expect(worked(await render().auth.getUser()).user.id).toBe(person.id)
    expect(worked(await render().auth.getClaims())?.claims.sub).toBe(person.id)
    expect((await render().auth.signOut()).error).toBeNull()
    expect((await render().auth.getUser()).data.user).toBeNull()
  })

  it('refreshes in several renderings at once without signing anybody out', async () => {
    const person = await aPerson(world)
    const { jar, render } = aBrowser()
    worked(await render().auth.signInWithPassword(person))
    const requests = [1, 2, 3].map(() => aBrowser(jar))
    const all = await Promise.all(requests.map((request) => request.render().auth.refreshSession()))
    expect(all.map((answer) => answer.error)).toEqual([null, null, null])
    for (const request of requests) expect(worked(await request.render().auth.getUser()).user.id).toBe(person.id)
  })

  it('confirms a sign-up by the hash of its mail', async () => {
    const email = anAddress()
    const { render } = aBrowser()
    worked(await render().auth.signUp({ email, password: goodPassword }))
    const { link } = await world.inbox.waitFor(email)
    const token_hash = new URL(link ?? '').searchParams.get('token') ?? ''
    expect(token_hash).toMatch(/^pkce_/)
    worked(await render().auth.verifyOtp({ type: 'email', token_hash }))
    expect(worked(await render().auth.getUser()).user.email).toBe(email)
  })

  it('exchanges the code of a link opened in the same browser', async () => {
    const { email } = await aPerson(world)
    const { render } = aBrowser()
    worked(
      await render().auth.signInWithOtp({
        email,
        options: { emailRedirectTo: 'http://localhost:3000/auth/callback?next=/home' },
      }),
    )
    const { link } = await world.inbox.waitFor(email)
    const { query } = landing(await fetch(link ?? '', { redirect: 'manual' }))
    expect(query.get('next')).toBe('/home')
    worked(await render().auth.exchangeCodeForSession(query.get('code') ?? ''))
    expect(worked(await render().auth.getUser()).user.email).toBe(email)
    expect(worked(await render().auth.getClaims())?.claims.amr).toMatchObject([{ method: 'magiclink' }])
  })
})
