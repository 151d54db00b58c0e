import { describe, expect, it } from 'vitest'
import { createAdmin, createAdminOn } from '../src/admin/create-admin.ts'
import { systemRuntime } from '../src/base/runtime.ts'
import { aClient, anAddress, aPerson, aWorld, codeOf, ok, password } from './world.ts'

const world = aWorld()
const admin = () => createAdmin({ url: world().url, secretKey: world().secretKey })

describe('administration', () => {
  it('makes, reads, changes, lists and deletes users', async () => {
    const email = anAddress()
    const made = await ok(admin().users.create({ email, password, emailConfirmed: true }))
    expect(await ok(admin().users.get(made.id))).toMatchObject({ id: made.id, email })
    expect(await ok(admin().users.update(made.id, { displayName: 'Ada' }))).toMatchObject({ displayName: 'Ada' })
    expect((await ok(admin().users.list({ email }))).items).toMatchObject([{ id: made.id }])
    expect(await ok(admin().users.delete(made.id))).toBeNull()
    expect(await codeOf(admin().users.get(made.id))).toBe('not_found')
  })

  it('makes nobody twice under one idempotency key', async () => {
    const email = anAddress()
    const once = crypto.randomUUID()
    const first = await ok(admin().users.create({ email }, once))
    expect((await ok(admin().users.create({ email }, once))).id).toBe(first.id)
    expect(await codeOf(admin().users.create({ email: anAddress() }, once))).toBe('idempotency_key_reused')
  })

  it('walks over every page', async () => {
    for (let count = 0; count < 5; count += 1) await aPerson(world(), anAddress('walk'))
    const seen: string[] = []
    for await (const user of admin().users.list.all({ q: 'walk', limit: 2 })) seen.push(user.id)
    expect(new Set(seen).size).toBe(5)
  })

  it('sees the sessions of somebody, and ends them', async () => {
    const email = await aPerson(world())
    const auth = aClient(world())
    await ok(auth.signInWithPassword({ email, password }))
    const [user] = (await ok(admin().users.list({ email }))).items
    const id = user?.id ?? ''
    expect((await ok(admin().users.sessions(id))).items).toHaveLength(1)
    await ok(admin().users.signOut(id))
    expect((await ok(admin().users.sessions(id))).items).toEqual([])
  })

  it('reads what was written down, and the mail of development', async () => {
    const email = anAddress()
    await ok(aClient(world()).signUp({ email, password }))
    expect(await ok(admin().inbox.waitFor(email))).toMatchObject({ to: email, code: expect.stringMatching(/^\d{6}$/) })
    const [user] = (await ok(admin().users.list({ email }))).items
    const events = (await ok(admin().audit.list({ userId: user?.id ?? '' }))).items
    expect(events.map(({ action }) => action)).toContain('user.created')
    expect(await codeOf(admin().inbox.waitFor(anAddress(), { seconds: 0 }))).toBe('not_found')
  })

  it('tells whether a place is listed, rotates keys, and hands out API keys once', async () => {
    expect(await ok(admin().redirects.test('https://evil.test'))).toMatchObject({ allowed: false })
    expect(await ok(admin().signingKeys.rotate())).toMatchObject({ kid: expect.any(String) })
    const key = await ok(admin().apiKeys.create({ kind: 'publishable', name: 'App' }))
    expect(key.key).toMatch(/^wwp_/)
    await ok(admin().apiKeys.revoke(key.id))
  })

  it('reads what the server was started with, and shows a message without sending it', async () => {
    const { items } = await ok(admin().settings.list())
    expect(items.find(({ name }) => name === 'secrets.secretKey')).toMatchObject({ secret: true })
    expect(JSON.stringify(items)).not.toContain(world().secretKey)
    expect((await ok(admin().redirects.list())).siteUrl).toMatch(/^http/)
    expect((await ok(admin().templates.list())).items).toContainEqual({ name: 'sign_in', locale: 'en', own: false })
    const shown = await ok(admin().templates.preview({ template: 'sign_in_code', locale: 'de' }))
    expect(shown).toMatchObject({ locale: 'de', text: expect.stringContaining('123456') })
    expect((await ok(admin().limits({ network: '192.0.2.1' }))).items).toBeInstanceOf(Array)
  })

  it('connects and removes accounts elsewhere and factors of somebody', async () => {
    const made = await ok(admin().users.create({ email: anAddress(), password, emailConfirmed: true }))
    const linked = await ok(admin().users.attachIdentity(made.id, { provider: 'google', subject: crypto.randomUUID() }))
    const providers = async () => (await ok(admin().users.identities(made.id))).items.map(({ provider }) => provider)
    expect(await providers()).toContain('google')
    expect(await ok(admin().users.removeIdentity(made.id, linked.id))).toBeNull()
    expect(await providers()).not.toContain('google')
    expect((await ok(admin().users.factors(made.id))).items).toEqual([])
    expect(await ok(admin().users.removeFactor(made.id, 'lost'))).toBeNull()
    expect(await codeOf(admin().users.removeFactor(made.id, 'lost', made.id))).toBe('not_found')
  })

  it('acts for somebody, for a while and marked', async () => {
    const made = await ok(admin().users.create({ email: anAddress(), password, emailConfirmed: true }))
    const acting = await ok(admin().users.impersonate(made.id, { reason: 'a question', minutes: 5 }))
    expect(acting.user.id).toBe(made.id)
    const events = (await ok(admin().audit.list({ userId: made.id, action: 'user.acted_for' }))).items
    expect(events).toHaveLength(1)
  })

  it('sets providers up and takes them back', async () => {
    const at = admin().providers
    const put = await ok(at.put('github', { enabled: true, clientId: 'app', clientSecret: 'hidden otters' }))
    expect(JSON.stringify([put, await ok(at.get('github'))])).not.toContain('hidden otters')
    expect((await ok(at.list())).items).toContainEqual(expect.objectContaining({ id: 'github', enabled: true }))
    expect(await ok(at.delete('github'))).toBeNull()
    await expect(async () => at.get('../keys')).rejects.toThrow(TypeError)
  })

  it('refuses ids that are none before anything is sent, a wrong key, and browsers', async () => {
    await expect(async () => admin().users.get('../keys')).rejects.toThrow(TypeError)
    expect(await codeOf(createAdmin({ url: world().url, secretKey: 'wws_wrong' }).users.list())).toBe('key_invalid')
    const browser = { ...systemRuntime(), page: {} as never }
    expect(() => createAdminOn(browser, { url: world().url, secretKey: 'wws_x' })).toThrow(TypeError)
  })
})
