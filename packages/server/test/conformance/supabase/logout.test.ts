import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, aPerson, authClient, raw, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

async function twoDevices() {
  const person = await aPerson(world)
  const [here, there] = [authClient(world), authClient(world)]
  const { session } = worked(await here.signInWithPassword(person))
  const { session: other } = worked(await there.signInWithPassword(person))
  const works = async (token: string) => (await authClient(world).getUser(token)).error === null
  return { here, session, other, works }
}

describe('signing out', () => {
  it('ends every session', async () => {
    const { here, session, other, works } = await twoDevices()
    expect((await here.signOut()).error).toBeNull()
    expect([await works(session.access_token), await works(other.access_token)]).toEqual([false, false])
    expect(worked(await here.getSession()).session).toBeNull()
    expect((await here.signOut()).error).toBeNull()
  })

  it('ends this one alone, or all the others', async () => {
    const local = await twoDevices()
    expect((await local.here.signOut({ scope: 'local' })).error).toBeNull()
    expect([await local.works(local.session.access_token), await local.works(local.other.access_token)]).toEqual([
      false,
      true,
    ])
    const others = await twoDevices()
    expect((await others.here.signOut({ scope: 'others' })).error).toBeNull()
    expect([await others.works(others.session.access_token), await others.works(others.other.access_token)]).toEqual([
      true,
      false,
    ])
  })

  it('answers 204 for each scope, and 403 once the session is gone', async () => {
    for (const scope of ['?scope=global', '?scope=local', '?scope=others', '']) {
      const { session } = await twoDevices()
      const leave = () =>
        raw(world, `/logout${scope}`, { method: 'POST', headers: { authorization: `Bearer ${session.access_token}` } })
      const answer = await leave()
      expect([answer.status, await answer.text()]).toEqual([204, ''])
      expect((await leave()).status).toBe(scope === '?scope=others' ? 204 : 403)
    }
  })

  it('knows no other scope', async () => {
    const { session } = await twoDevices()
    const answer = await raw(world, '/logout?scope=planet', {
      method: 'POST',
      headers: { authorization: `Bearer ${session.access_token}` },
    })
    expect([answer.status, await answer.json()]).toMatchObject([400, { msg: 'Unsupported logout scope "planet"' }])
    expect((await raw(world, '/logout', { method: 'POST' })).status).toBe(401)
  })

  it('works with a token that ran out', async () => {
    const { session, other, works } = await twoDevices()
    world.clock.move(4_000)
    expect(await works(session.access_token)).toBe(false)
    const answer = await raw(world, '/logout', {
      method: 'POST',
      headers: { authorization: `Bearer ${session.access_token}` },
    })
    expect(answer.status).toBe(204)
    const refreshed = await authClient(world).refreshSession({ refresh_token: other.refresh_token })
    expect(refreshed.error).toMatchObject({ code: 'refresh_token_not_found' })
  })

  it('can be done by an administrator for somebody', async () => {
    const { session, works } = await twoDevices()
    expect((await adminApi(world).signOut(session.access_token)).error).toBeNull()
    expect(await works(session.access_token)).toBe(false)
  })
})
