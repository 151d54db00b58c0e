import { GoTrueClient } from '@supabase/auth-js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { aSignedIn, authClient, memoryStorage, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ config: { tokens: { accessSeconds: 60 } } })
})
afterAll(() => world.close())

describe('the life of a client', () => {
  it('finds its session again after a start, and is rid of it after its end', async () => {
    const storage = memoryStorage()
    const options = { url: `${world.url}/auth/v1`, storage, storageKey: 'sb-life', autoRefreshToken: false }
    const { email, password } = await aSignedIn(world)
    const first = new GoTrueClient(options)
    expect((await first.initialize()).error).toBeNull()
    worked(await first.signInWithPassword({ email, password }))
    await first.dispose()
    const second = new GoTrueClient(options)
    await second.initialize()
    expect(worked(await second.getSession()).session?.user.email).toBe(email)
    await second.signOut()
    const third = new GoTrueClient(options)
    await third.initialize()
    expect(worked(await third.getSession()).session).toBeNull()
  })

  it('renews by itself what is about to end', async () => {
    const { client } = await aSignedIn(world)
    const before = worked(await client.getSession()).session?.access_token
    // Sixty seconds are less than the client keeps in hand, so its first tick renews.
    const renewed = new Promise<string | undefined>((resolve) => {
      client.onAuthStateChange((event, session) => {
        if (event === 'TOKEN_REFRESHED') resolve(session?.access_token)
      })
    })
    await client.startAutoRefresh()
    const after = await renewed
    await client.stopAutoRefresh()
    expect(after).not.toBe(before)
    expect((await client.getUser()).error).toBeNull()
  })

  it('throws where it is told to', async () => {
    expect(authClient(world).isThrowOnErrorEnabled()).toBe(false)
    const client = new GoTrueClient({ url: `${world.url}/auth/v1`, throwOnError: true, autoRefreshToken: false })
    expect(client.isThrowOnErrorEnabled()).toBe(true)
    const wrong = client.signInWithPassword({ email: 'nobody@example.test', password: 'wrong wrong wrong' })
    await expect(wrong).rejects.toMatchObject({ code: 'invalid_credentials' })
  })
})
