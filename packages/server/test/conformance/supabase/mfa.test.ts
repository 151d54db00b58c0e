import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authenticator } from '../../world/authenticator.ts'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, aSignedIn, authClient, raw, worked } from './clients.ts'

let world: World
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

type SignedIn = Awaited<ReturnType<typeof aSignedIn>>
type Client = SignedIn['client']

/** The next code of an app: each time step counts once, so the clock moves on. */
function nextCode(secret: string): string {
  world.clock.move(30)
  return authenticator(secret).codeAt(world.core.runtime.now())
}

async function aTotp(client: Client, friendlyName = 'app') {
  const enrolled = worked(await client.mfa.enroll({ factorType: 'totp', friendlyName }))
  if (enrolled.type !== 'totp') throw new Error('not an app')
  return { id: enrolled.id, secret: enrolled.totp.secret, totp: enrolled.totp }
}

/** Somebody at aal2, with an app. */
async function aProtected() {
  const who = await aSignedIn(world)
  const { id, secret } = await aTotp(who.client)
  worked(await who.client.mfa.challengeAndVerify({ factorId: id, code: nextCode(secret) }))
  return { ...who, factorId: id, secret }
}

const levels = async (client: Client) => worked(await client.mfa.getAuthenticatorAssuranceLevel())
const codeOf = ({ error }: { error: unknown }) => (error as { code?: string } | null)?.code
const statusOf = ({ error }: { error: unknown }) => (error as { status?: number } | null)?.status

describe('an authenticator app', () => {
  it('is enrolled, challenged and verified, and raises the session', async () => {
    const { client } = await aSignedIn(world)
    expect(await levels(client)).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal1' })
    const { id, secret, totp } = await aTotp(client)
    expect(totp.qr_code).toMatch(/^data:image\/svg\+xml;utf-8,<svg [^#]*$/)
    expect(totp.uri).toContain('otpauth://totp/')
    expect(totp.uri).toContain(`secret=${secret}`)
    expect(Buffer.from(secret).length).toBe(32)
    const challenge = worked(await client.mfa.challenge({ factorId: id }))
    expect(challenge).toMatchObject({ type: 'totp' })
    expect(challenge.expires_at).toBeGreaterThan(world.core.runtime.now().getTime() / 1000 + 290)
    const wrong = await client.mfa.verify({ factorId: id, challengeId: challenge.id, code: '000000' })
    expect([codeOf(wrong), statusOf(wrong), wrong.error?.message]).toEqual([
      'mfa_verification_failed',
      422,
      'Invalid TOTP code entered',
    ])
    const before = worked(await client.getSession()).session
    const events: string[] = []
    client.onAuthStateChange((event) => void events.push(event))
    const done = worked(await client.mfa.verify({ factorId: id, challengeId: challenge.id, code: nextCode(secret) }))
    expect(done.refresh_token).not.toBe(before?.refresh_token)
    expect(events).toContain('MFA_CHALLENGE_VERIFIED')
    expect(await levels(client)).toMatchObject({
      currentLevel: 'aal2',
      nextLevel: 'aal2',
      currentAuthenticationMethods: [{ method: 'totp' }, { method: 'password' }],
    })
    const { all, totp: verified } = worked(await client.mfa.listFactors())
    expect(all).toMatchObject([{ id, factor_type: 'totp', status: 'verified', friendly_name: 'app' }])
    expect(verified).toHaveLength(1)
  })

  it('is asked for at the next sign-in, which opens at aal1', async () => {
    const { email, password, factorId, secret } = await aProtected()
    const client = authClient(world)
    const { user } = worked(await client.signInWithPassword({ email, password }))
    expect(user?.factors).toMatchObject([{ id: factorId, status: 'verified' }])
    expect(await levels(client)).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal2' })
    worked(await client.mfa.challengeAndVerify({ factorId, code: nextCode(secret) }))
    expect(await levels(client)).toMatchObject({ currentLevel: 'aal2' })
    const refreshed = worked(await client.refreshSession())
    expect(refreshed.session?.user.factors).toHaveLength(1)
    expect(await levels(client)).toMatchObject({ currentLevel: 'aal2' })
  })

  it('stepping up ends the sessions in which no factor was proved', async () => {
    const { email, password, factorId, secret } = await aProtected()
    const [one, two] = [authClient(world), authClient(world)]
    worked(await one.signInWithPassword({ email, password }))
    worked(await two.signInWithPassword({ email, password }))
    worked(await two.mfa.challengeAndVerify({ factorId, code: nextCode(secret) }))
    expect(codeOf(await one.refreshSession())).toBe('refresh_token_not_found')
    expect((await two.refreshSession()).error).toBeNull()
  })

  it('without it an account keeps its doors: nothing but reading, factors and leaving', async () => {
    const { email, password, factorId, secret } = await aProtected()
    const client = authClient(world)
    worked(await client.signInWithPassword({ email, password }))
    expect((await client.getUser()).error).toBeNull()
    for (const change of [{ password: 'yet another long one 5' }, { email: 'x@example.test' }, { data: { a: 1 } }]) {
      const refused = await client.updateUser(change)
      expect([codeOf(refused), statusOf(refused), refused.error?.message]).toEqual([
        'insufficient_aal',
        401,
        'AAL2 session is required to update email or password when MFA is enabled.',
      ])
    }
    const more = await client.mfa.enroll({ factorType: 'totp', friendlyName: 'more' })
    expect([codeOf(more), statusOf(more)]).toEqual(['insufficient_aal', 403])
    const gone = await client.mfa.unenroll({ factorId })
    expect([codeOf(gone), statusOf(gone)]).toEqual(['insufficient_aal', 422])
    expect(codeOf(await client.reauthenticate())).toBe('insufficient_aal')
    worked(await client.mfa.challengeAndVerify({ factorId, code: nextCode(secret) }))
    expect((await client.updateUser({ data: { a: 1 } })).error).toBeNull()
    expect((await client.signOut()).error).toBeNull()
  })

  it('two of one name clash, unnamed ones too', async () => {
    const { client } = await aSignedIn(world)
    worked(await client.mfa.enroll({ factorType: 'totp' }))
    const again = await client.mfa.enroll({ factorType: 'totp' })
    expect([codeOf(again), statusOf(again), again.error?.message]).toEqual([
      'mfa_factor_name_conflict',
      422,
      'A factor with the friendly name "" for this user already exists',
    ])
  })

  it('is removed, and its session falls back', async () => {
    const { client, factorId, email } = await aProtected()
    expect(worked(await client.mfa.unenroll({ factorId }))).toEqual({ id: factorId })
    worked(await client.refreshSession())
    expect(await levels(client)).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal1' })
    expect(worked(await client.mfa.listFactors()).all).toEqual([])
    expect((await world.inbox.waitFor(email, 'factor_added')).code).toBeNull()
    expect((await world.inbox.waitFor(email, 'factor_removed')).code).toBeNull()
  })

  it('challenges that are unknown, used or old are refused by name', async () => {
    const { client, factorId, secret } = await aProtected()
    const unknown = await client.mfa.verify({ factorId, challengeId: crypto.randomUUID(), code: '123456' })
    expect([codeOf(unknown), statusOf(unknown)]).toEqual(['mfa_factor_not_found', 422])
    const { id: challengeId } = worked(await client.mfa.challenge({ factorId }))
    worked(await client.mfa.verify({ factorId, challengeId, code: nextCode(secret) }))
    const used = await client.mfa.verify({ factorId, challengeId, code: nextCode(secret) })
    expect(codeOf(used)).toBe('mfa_ip_address_mismatch')
    const late = worked(await client.mfa.challenge({ factorId }))
    world.clock.move(301)
    const old = await client.mfa.verify({ factorId, challengeId: late.id, code: nextCode(secret) })
    expect([codeOf(old), statusOf(old)]).toEqual(['mfa_challenge_expired', 422])
  })

  it('paths and bodies that make no sense are told as upstream tells them', async () => {
    const { client, session, factorId } = await aProtected()
    const now = worked(await client.getSession()).session ?? session
    const headers = { authorization: `Bearer ${now.access_token}` }
    const ask = async (path: string, json: object) => {
      const answer = await raw(world, path, { headers, json })
      const body = (await answer.json()) as { error_code: string; msg: string }
      return [answer.status, body.error_code, body.msg]
    }
    expect(await ask('/factors', { factor_type: 'sms' })).toEqual([
      400,
      'validation_failed',
      'factor_type needs to be totp, phone, or webauthn',
    ])
    expect(await ask('/factors', { factor_type: 'phone' })).toEqual([
      400,
      'validation_failed',
      'Phone number required to enroll Phone factor',
    ])
    expect(await ask('/factors/nonsense/challenge', {})).toEqual([
      404,
      'validation_failed',
      'factor_id must be an UUID',
    ])
    expect(await ask(`/factors/${crypto.randomUUID()}/challenge`, {})).toEqual([
      404,
      'mfa_factor_not_found',
      'Factor not found',
    ])
    expect(await ask(`/factors/${factorId}/verify`, { challenge_id: factorId })).toEqual([
      400,
      'validation_failed',
      'Code needs to be non-empty',
    ])
    const stranger = await raw(world, '/factors', { json: { factor_type: 'totp' } })
    expect(stranger.status).toBe(401)
    expect(await stranger.text()).toContain('Bearer token')
  })
})

describe('a phone', () => {
  const phone = () => `+1555010${String(Math.floor(Math.random() * 9000) + 1000)}`

  it('gets a code by text, which raises the session', async () => {
    const { client } = await aSignedIn(world)
    const number = phone()
    const enrolled = worked(await client.mfa.enroll({ factorType: 'phone', friendlyName: 'mobile', phone: number }))
    expect(enrolled).toMatchObject({ type: 'phone', phone: number, friendly_name: 'mobile' })
    const challenge = worked(await client.mfa.challenge({ factorId: enrolled.id, channel: 'sms' }))
    expect(challenge.type).toBe('phone')
    const { code } = await world.inbox.waitFor(number, 'sms_code')
    const wrong = await client.mfa.verify({
      factorId: enrolled.id,
      challengeId: challenge.id,
      code: String((Number(code) + 1) % 1_000_000).padStart(6, '0'),
    })
    expect([codeOf(wrong), wrong.error?.message]).toEqual(['mfa_verification_failed', 'Invalid MFA Phone code entered'])
    worked(await client.mfa.verify({ factorId: enrolled.id, challengeId: challenge.id, code: code ?? '' }))
    expect(await levels(client)).toMatchObject({
      currentLevel: 'aal2',
      currentAuthenticationMethods: [{ method: 'mfa/phone' }, { method: 'password' }],
    })
    const { phone: listed } = worked(await client.mfa.listFactors())
    expect(listed).toMatchObject([{ id: enrolled.id, phone: number.slice(1) }])
    const again = await client.mfa.enroll({ factorType: 'phone', friendlyName: 'mobile 2', phone: number })
    expect([codeOf(again), statusOf(again)]).toEqual(['mfa_verified_factor_exists', 422])
  })
})

describe('a challenge', () => {
  it('has an id of the right form, is known, and is named when it is over', async () => {
    const { client } = await aSignedIn(world)
    const { id, secret } = await aTotp(client)
    const answer = async (challengeId: string) => {
      const { error } = await client.mfa.verify({ factorId: id, challengeId, code: nextCode(secret) })
      return [error?.status, error?.code, error?.message]
    }
    const malformed = expect.stringMatching(/^Could not parse request body as JSON: /)
    expect(await answer('not-an-id')).toEqual([400, 'bad_json', malformed])
    const unknown = 'MFA factor with the provided challenge ID not found'
    for (const nobodys of ['', '6e0b4a39-6b0b-4f3c-8ba8-6d8f4c5b7a10'])
      expect(await answer(nobodys)).toEqual([422, 'mfa_factor_not_found', unknown])
    const challenge = worked(await client.mfa.challenge({ factorId: id }))
    world.clock.move(301)
    const over = `MFA challenge ${challenge.id} has expired, verify against another challenge or create a new challenge.`
    expect(await answer(challenge.id)).toEqual([422, 'mfa_challenge_expired', over])
  })
})

describe('recovery codes', () => {
  const withCodes = (who: { email: string; password: string }) => {
    const client = authClient(world, { recoveryCodes: true })
    return { client, signIn: async () => worked(await client.signInWithPassword(who)) }
  }

  async function withApp() {
    const person = await aSignedIn(world)
    const { client, signIn } = withCodes(person)
    await signIn()
    const { id, secret } = await aTotp(client)
    worked(await client.mfa.challengeAndVerify({ factorId: id, code: nextCode(secret) }))
    return { ...person, client, factorId: id, secret }
  }

  it('are made beside a factor, each stands in for it once, and a new set voids the old', async () => {
    const { client, email, password, factorId } = await withApp()
    expect(codeOf(await client.mfa.recoveryCodes.getStatus())).toBe('mfa_factor_not_found')
    const made = worked(await client.mfa.recoveryCodes.generate({ friendlyName: '  ' }))
    expect(made).toMatchObject({ type: 'recovery_code', friendly_name: 'Recovery codes', total: 10 })
    expect(new Set(made.codes).size).toBe(10)
    for (const code of made.codes) expect(code).toMatch(/^[a-z2-7]{16}$/)
    expect(codeOf(await client.mfa.recoveryCodes.generate())).toBe('mfa_verified_factor_exists')

    const other = withCodes({ email, password })
    await other.signIn()
    const [first = '', second = ''] = made.codes
    const typed = `${first.slice(0, 8).toUpperCase()}-${first.slice(8)} `
    worked(await other.client.mfa.recoveryCodes.verify({ code: typed }))
    expect(await levels(other.client)).toMatchObject({
      currentLevel: 'aal2',
      currentAuthenticationMethods: [{ method: 'mfa/recovery_code' }, { method: 'password' }],
    })
    expect(worked(await other.client.mfa.recoveryCodes.getStatus())).toMatchObject({ total: 10, remaining: 9 })
    const used = await other.client.mfa.recoveryCodes.verify({ code: first })
    expect([codeOf(used), used.error?.message]).toEqual(['mfa_verification_failed', 'Invalid recovery code entered'])
    const anew = worked(await other.client.mfa.recoveryCodes.regenerate())
    expect(anew).toMatchObject({ id: made.id, friendly_name: 'Recovery codes', total: 10 })
    expect(codeOf(await other.client.mfa.recoveryCodes.verify({ code: second }))).toBe('mfa_verification_failed')

    expect(codeOf(await other.client.mfa.unenroll({ factorId }))).toBe('mfa_recovery_codes_sole_factor')
    const byId = await other.client.mfa.unenroll({ factorId: made.id })
    expect([statusOf(byId), codeOf(byId), byId.error?.message]).toEqual([
      422,
      'validation_failed',
      'Recovery codes are removed at /factors/recovery-codes',
    ])
    expect(worked(await other.client.mfa.recoveryCodes.unenroll())).toEqual({ id: made.id })
    expect((await other.client.mfa.unenroll({ factorId })).error).toBeNull()
  })

  it('need another factor', async () => {
    const person = await aSignedIn(world)
    const { client, signIn } = withCodes(person)
    await signIn()
    expect(codeOf(await client.mfa.recoveryCodes.generate())).toBe('mfa_recovery_codes_sole_factor')
    expect(codeOf(await client.mfa.recoveryCodes.verify({ code: 'abcdefghijklmnop' }))).toBe('mfa_verification_failed')
  })
})

describe('administrators', () => {
  it('list and remove factors; sessions fall to aal1', async () => {
    const { id, client, factorId } = await aProtected()
    const admin = adminApi(world)
    expect(worked(await admin.mfa.listFactors({ userId: id })).factors).toMatchObject([{ id: factorId }])
    const gone = worked(await admin.mfa.deleteFactor({ userId: id, id: factorId }))
    expect(gone).toMatchObject({ data: { id: factorId } })
    expect(worked(await admin.mfa.listFactors({ userId: id })).factors).toEqual([])
    worked(await client.refreshSession())
    expect(await levels(client)).toMatchObject({ currentLevel: 'aal1', nextLevel: 'aal1' })
    expect(codeOf(await admin.mfa.deleteFactor({ userId: id, id: factorId }))).toBe('mfa_factor_not_found')
    expect(codeOf(await admin.mfa.listFactors({ userId: crypto.randomUUID() }))).toBe('user_not_found')
  })

  it('rename a factor', async () => {
    const { id, factorId } = await aProtected()
    const answer = await raw(world, `/admin/users/${id}/factors/${factorId}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${world.secretKey}` },
      json: { friendly_name: 'work' },
    })
    expect(await answer.json()).toMatchObject({ id: factorId, friendly_name: 'work' })
  })
})
