import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, aSignedIn, authClient, raw, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const refresh = (token: string) => raw(world, '/token?grant_type=refresh_token', { json: { refresh_token: token } })

describe('refreshing a session', () => {
  it('gives a new token each time and keeps the session', async () => {
    const { client, session } = await aSignedIn(world)
    const first = worked(await client.refreshSession())
    const second = worked(await client.refreshSession())
    const tokens = [session, first.session, second.session].map((each) => each?.refresh_token)
    expect(new Set(tokens).size).toBe(3)
    const claims = worked(await client.getClaims())
    expect(claims?.claims.session_id).toBeDefined()
    expect(second.user?.id).toBe(session.user.id)
  })

  it('answers a lost answer again, and parallel ones alike', async () => {
    const { session } = await aSignedIn(world)
    const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(session.refresh_token)))
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200))
    const tokens = await Promise.all(
      answers.map(async (answer) => ((await answer.json()) as { refresh_token: string }).refresh_token),
    )
    expect(new Set(tokens).size).toBe(1)
    expect((await refresh(tokens[0] ?? '')).status).toBe(200)
  })

  it('ends the session when a used token comes back late', async () => {
    const { client, session } = await aSignedIn(world)
    worked(await client.refreshSession())
    const last = worked(await client.refreshSession())
    world.clock.move(30)
    const late = await authClient(world).refreshSession({ refresh_token: session.refresh_token })
    expect(late.error).toMatchObject({
      status: 400,
      code: 'refresh_token_already_used',
      message: 'Invalid Refresh Token: Already Used',
    })
    expect((await refresh(last.session?.refresh_token ?? '')).status).toBe(400)
    const gone = await authClient(world).getUser(last.session?.access_token)
    expect(gone.error).toMatchObject({ name: 'AuthSessionMissingError' })
  })

  it('tells unknown, altered and malformed tokens apart from ended sessions', async () => {
    const { client, session } = await aSignedIn(world)
    const code = async (token: string) => ((await (await refresh(token)).json()) as { error_code: string }).error_code
    expect(await code('')).toBe('validation_failed')
    expect(await code('short')).toBe('validation_failed')
    expect(await code('abcdefghijkl')).toBe('refresh_token_not_found')
    expect(await code(`${session.refresh_token}x`)).toBe('refresh_token_not_found')
    expect(await code(session.refresh_token.slice(0, -1))).toBe('refresh_token_not_found')
    expect((await client.signOut()).error).toBeNull()
    const gone = await authClient(world).refreshSession({ refresh_token: session.refresh_token })
    expect(gone.error).toMatchObject({
      status: 400,
      code: 'refresh_token_not_found',
      message: 'Invalid Refresh Token: Refresh Token Not Found',
    })
  })

  it('is refused to banned people', async () => {
    const { id, session } = await aSignedIn(world)
    worked(await adminApi(world).updateUserById(id, { ban_duration: '1h' }))
    expect((await refresh(session.refresh_token)).status).toBe(400)
  })

  it('shows what an administrator changed meanwhile', async () => {
    const { id, client } = await aSignedIn(world)
    worked(await adminApi(world).updateUserById(id, { app_metadata: { plan: 'pro' } }))
    const { user } = worked(await client.refreshSession())
    expect(user?.app_metadata).toEqual({ provider: 'email', providers: ['email'], plan: 'pro' })
  })
})

describe('taking up a session', () => {
  it('works with a good pair of tokens', async () => {
    const { session, id } = await aSignedIn(world)
    const other = authClient(world)
    expect(worked(await other.setSession(session)).user?.id).toBe(id)
    expect(worked(await other.getUser()).user.id).toBe(id)
  })

  it('is refused with a tampered token', async () => {
    const { session } = await aSignedIn(world)
    const [head, , signature] = session.access_token.split('.')
    const claims = Buffer.from(JSON.stringify({ sub: session.user.id, exp: 4_102_444_800 })).toString('base64url')
    const tampered = await authClient(world).setSession({ ...session, access_token: `${head}.${claims}.${signature}` })
    expect(tampered.error).toMatchObject({
      status: 403,
      code: 'bad_jwt',
      message: expect.stringMatching(/^invalid JWT/),
    })
  })

  it('ends for a session that idled too long', async () => {
    const { session } = await aSignedIn(world)
    world.clock.move(31 * 86_400)
    const idle = await refresh(session.refresh_token)
    expect([idle.status, await idle.json()]).toEqual([
      400,
      { code: 400, error_code: 'session_expired', msg: 'Invalid Refresh Token: Session Expired (Inactivity)' },
    ])
  })
})
