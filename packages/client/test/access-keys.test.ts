import { describe, expect, it } from 'vitest'
import { createAccessKeys } from '../src/access-keys/index.ts'
import { createAdmin } from '../src/admin/index.ts'
import { aClient, aSignedIn, aWorld, codeOf, ok } from './world.ts'

const world = aWorld()
const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()

async function aHolder() {
  const { auth } = await aSignedIn(world())
  const accessKeys = createAccessKeys(auth)
  const input = { name: 'Deploys', scopes: ['me:read', 'app:deploy'], expiresAt: inDays(90), metadata: { for: 'ci' } }
  const made = await ok(accessKeys.create(input))
  return { auth, accessKeys, made, key: made.key ?? '' }
}

describe('access keys', () => {
  it('are made, shown once, listed and revoked', async () => {
    const { accessKeys, made, key } = await aHolder()
    expect(key).toMatch(/^wwk_/)
    const { items } = await ok(accessKeys.list({ limit: 10 }))
    expect(items).toEqual([{ ...made, key: null }])
    await ok(accessKeys.revoke(made.id))
    expect((await ok(accessKeys.list())).items).toEqual([])
    await expect(accessKeys.revoke('../me')).rejects.toThrow(TypeError)
  })

  it('open a session that reaches as far as they do, and ends when its token does', async () => {
    const { auth, key } = await aHolder()
    const program = aClient(world())
    const opened = await ok(createAccessKeys(program).signIn(key))
    expect(opened).toMatchObject({ status: 'complete', tokens: { refreshToken: null } })
    const me = await ok(program.getUser({ fresh: true }))
    expect(me).toMatchObject({
      verified: 'server',
      user: { id: auth.state.status === 'signed_in' && auth.state.user.id },
    })
    expect(await codeOf(program.sessions.list())).toBe('insufficient_scope')
    expect(await codeOf(program.refresh())).toBe('refresh_token_not_found')
    expect(program.state.status).toBe('signed_out')
    expect(await codeOf(createAccessKeys(program).signIn('wwk_nonsense'))).toBe('access_key_invalid')
  })

  it('are seen and ended by administrators', async () => {
    const { auth, made, key } = await aHolder()
    const { url, secretKey } = world()
    const admin = createAdmin({ url, secretKey })
    const id = auth.state.status === 'signed_in' ? auth.state.user.id : ''
    expect((await ok(admin.users.accessKeys(id))).items).toMatchObject([{ id: made.id, key: null }])
    await ok(admin.users.revokeAccessKey(id, made.id, 'leaked'))
    expect(await codeOf(createAccessKeys(aClient(world())).signIn(key))).toBe('access_key_invalid')
  })
})
