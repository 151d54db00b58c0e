import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { aNumber, anAddress, aPerson, aSignedIn, authClient, goodPassword, landing, raw, worked } from './clients.ts'

let world: World
const place = 'http://localhost:3000/new-password'
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: 'http://localhost:3000' } })
})
afterAll(() => world.close())

const another = 'another long passphrase 7'

describe('recovering an account', () => {
  it('answers everybody alike and mails only whom it concerns', async () => {
    const { email } = await aPerson(world)
    const stranger = anAddress()
    const ask = (address: string) => raw(world, '/recover', { json: { email: address } })
    const bodies = [await ask(email), await ask(stranger), await ask(email)]
    expect(bodies.map((answer) => answer.status)).toEqual([200, 200, 200])
    for (const answer of bodies) expect(await answer.json()).toEqual({})
    expect((await world.inbox.waitFor(email)).template).toBe('recovery')
    expect(await world.inbox.staysEmpty(stranger)).toBe(true)
  })

  it('leads by link to a session that may set a password, and ends the others', async () => {
    const { email, client: old } = await aSignedIn(world)
    worked(await authClient(world).resetPasswordForEmail(email, { redirectTo: place }))
    const { link } = await world.inbox.waitFor(email, 'recovery')
    expect(new URL(link ?? '').searchParams.get('type')).toBe('recovery')
    const { fragment, location } = landing(await fetch(link ?? '', { redirect: 'manual' }))
    expect(location.startsWith(`${place}#`)).toBe(true)
    expect(fragment.get('type')).toBe('recovery')
    const client = authClient(world)
    const tokens = {
      access_token: fragment.get('access_token') ?? '',
      refresh_token: fragment.get('refresh_token') ?? '',
    }
    worked(await client.setSession(tokens))
    expect(worked(await client.getClaims())?.claims.amr).toMatchObject([{ method: 'recovery' }])
    worked(await client.updateUser({ password: another }))
    expect((await old.getUser()).error).toMatchObject({ name: 'AuthSessionMissingError' })
    expect((await authClient(world).signInWithPassword({ email, password: goodPassword })).error).not.toBeNull()
    expect((await authClient(world).signInWithPassword({ email, password: another })).error).toBeNull()
  })

  it('leads by code, and by PKCE to the event for a new password', async () => {
    const { email } = await aPerson(world)
    const client = authClient(world, { flowType: 'pkce' })
    worked(await client.resetPasswordForEmail(email, { redirectTo: place }))
    const { link } = await world.inbox.waitFor(email, 'recovery')
    const { query } = landing(await fetch(link ?? '', { redirect: 'manual' }))
    const events: string[] = []
    client.onAuthStateChange((event) => void events.push(event))
    worked(await client.exchangeCodeForSession(query.get('code') ?? ''))
    expect(events).toContain('PASSWORD_RECOVERY')

    const other = await aPerson(world)
    worked(await authClient(world).resetPasswordForEmail(other.email))
    const { code } = await world.inbox.waitFor(other.email, 'recovery')
    const proof = { email: other.email, token: code ?? '' }
    expect((await authClient(world).verifyOtp({ ...proof, type: 'email' })).error).toMatchObject({
      code: 'otp_expired',
    })
    expect(worked(await authClient(world).verifyOtp({ ...proof, type: 'recovery' })).session).not.toBeNull()
  })

  it('needs an address', async () => {
    const answer = await raw(world, '/recover', { json: { email: '' } })
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { code: 400, error_code: 'validation_failed', msg: 'Password recovery requires an email' },
    ])
  })
})

describe('sending again', () => {
  it('confirms with the newest message', async () => {
    const email = anAddress()
    const client = authClient(world)
    worked(await client.signUp({ email, password: goodPassword }))
    const first = await world.inbox.waitFor(email, 'sign_up')
    await world.inbox.clear()
    worked(await client.resend({ type: 'signup', email }))
    const second = await world.inbox.waitFor(email, 'sign_up')
    expect((await fetch(first.link ?? '', { redirect: 'manual' })).headers.get('location')).toContain('otp_expired')
    const token = second.code ?? ''
    expect(worked(await client.verifyOtp({ email, token, type: 'signup' })).user?.email).toBe(email)
    expect((await authClient(world).signInWithPassword({ email, password: goodPassword })).error).toBeNull()
  })

  it('finds a change by the other address of its account', async () => {
    const [email, phone] = [anAddress(), aNumber()]
    const person = await aPerson(world, { phone, phone_confirm: true } as object)
    const client = authClient(world)
    worked(await client.signInWithPassword({ email: person.email, password: person.password }))
    worked(await client.updateUser({ email }))
    await world.inbox.waitFor(email, 'email_change')
    await world.inbox.clear()
    expect((await raw(world, '/resend', { json: { type: 'email_change', phone } })).status).toBe(200)
    await world.inbox.waitFor(email, 'email_change')

    const next = aNumber()
    worked(await client.updateUser({ phone: next }))
    await world.inbox.waitFor(`+${next}`)
    await world.inbox.clear()
    const again = await raw(world, '/resend', { json: { type: 'phone_change', email: person.email } })
    expect([again.status, await again.json()]).toEqual([200, {}])
    const { code } = await world.inbox.waitFor(`+${next}`)
    worked(await client.verifyOtp({ phone: next, token: code ?? '', type: 'phone_change' }))
  })

  it('tells nobody whether somebody waits', async () => {
    const { email } = await aPerson(world)
    const client = authClient(world)
    for (const address of [email, anAddress()]) worked(await client.resend({ type: 'signup', email: address }))
    worked(await client.resend({ type: 'email_change', email }))
    expect(await world.inbox.staysEmpty(email)).toBe(true)
  })

  it('checks what it is asked', async () => {
    const ask = async (json: object) => {
      const answer = await raw(world, '/resend', { json })
      return [answer.status, ((await answer.json()) as { msg: string }).msg]
    }
    expect(await ask({ type: 'recovery', email: anAddress() })).toEqual([
      400,
      'Missing one of these types: signup, email_change, sms, phone_change',
    ])
    expect(await ask({ type: 'signup' })).toEqual([400, 'Type provided requires an email address'])
    expect(await ask({ type: 'sms' })).toEqual([400, 'Type provided requires a phone number'])
    expect(await ask({ type: 'email_change' })).toEqual([400, 'Missing email address or phone number'])
    expect(await ask({ type: 'email_change', email: anAddress(), phone: '15551234567' })).toEqual([
      400,
      'Only an email address or phone number should be provided.',
    ])
  })
})

describe('where messages are limited', () => {
  let limited: World
  beforeAll(async () => {
    limited = await startWorld({ config: { limits: { enabled: true } } })
  })
  afterAll(() => limited.close())

  it('holds repeated ones back without a word, and tells those who are signed in', async () => {
    const { email, client } = await aSignedIn(limited)
    const ask = () => raw(limited, '/recover', { json: { email } })
    expect([(await ask()).status, (await ask()).status]).toEqual([200, 200])
    await limited.inbox.waitFor(email, 'recovery')
    expect((await limited.inbox.list(email)).filter((message) => message.template === 'recovery')).toHaveLength(1)
    expect((await client.reauthenticate()).error).toBeNull()
    expect((await client.reauthenticate()).error).toMatchObject({
      status: 429,
      code: 'over_email_send_rate_limit',
      message: expect.stringMatching(/^For security purposes, you can only request this after \d+ seconds\.$/),
    })
  })
})
