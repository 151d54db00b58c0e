import decodeQr from 'qr/decode.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authenticator } from '../../world/authenticator.ts'
import { aPerson, type Body, codeOf, type NativeWorld, password, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative()
})
afterAll(() => world.close())

/** The next code of an app: each time step counts once, so the clock moves on. */
function nextCode(secret: string): string {
  world.clock.move(30)
  return authenticator(secret).codeAt(world.core.runtime.now())
}

async function withApp(name?: string) {
  const { email, complete } = await aPerson(world)
  const token = complete.tokens.accessToken
  const begun = await world.ask('POST /me/factors', { token, body: { type: 'totp', ...(name && { name }) } })
  const { token: attempt, step } = begun.body.attempt
  const done = await world.ask('POST /attempts/answer', { token, body: { attempt, code: nextCode(step.secret) } })
  expect(done.body.status).toBe('complete')
  return {
    email,
    id: done.body.user.id as string,
    secret: step.secret as string,
    factor: done.body.factor,
    token: done.body.tokens.accessToken as string,
    refreshToken: done.body.tokens.refreshToken as string,
  }
}

const signIn = async (email: string): Promise<Body> =>
  (await world.ask('POST /sign-in/password', { body: { email, password } })).body

/** Signed in all the way, with both proofs. */
async function signInWith(email: string, secret: string): Promise<Body> {
  const { attempt } = await signIn(email)
  return (await world.ask('POST /attempts/answer', { body: { attempt: attempt.token, code: nextCode(secret) } })).body
}

describe('setting up an authenticator app', () => {
  it('shows the seed once, as text and as a code that a camera reads', async () => {
    const { complete } = await aPerson(world)
    const token = complete.tokens.accessToken
    const begun = await world.ask('POST /me/factors', { token, body: { type: 'totp', name: 'my phone' } })
    const { token: attempt, purpose, step } = begun.body.attempt
    expect(purpose).toBe('enrollment')
    expect(step).toMatchObject({ type: 'totp_setup', secret: expect.stringMatching(/^[A-Z2-7]{32}$/) })
    expect(decodeSvg(step.qr)).toBe(step.uri)
    const again = await world.ask('POST /attempts/status', { token, body: { attempt } })
    expect(again.body.attempt.step).toEqual({ type: 'totp_setup', secret: null, uri: null, qr: null })
    const wrong = await world.ask('POST /attempts/answer', { token, body: { attempt, code: '000000' } })
    expect([codeOf(wrong), wrong.body.details.triesLeft]).toEqual(['mfa_verification_failed', 4])
    const done = await world.ask('POST /attempts/answer', { token, body: { attempt, code: nextCode(step.secret) } })
    expect(done.body).toMatchObject({
      session: { id: complete.session.id, aal: 'aal2', amr: [{ method: 'totp' }, {}] },
      factor: { type: 'totp', name: 'my phone', status: 'verified' },
      user: { factors: [{ name: 'my phone' }] },
    })
    expect(
      codeOf(await world.ask('POST /sessions/refresh', { body: { refreshToken: complete.tokens.refreshToken } })),
    ).toBe('refresh_token_not_found')
  })

  it('that is given up changes nothing, and a newer one replaces it', async () => {
    const { email, complete } = await aPerson(world)
    const token = complete.tokens.accessToken
    const first = await world.ask('POST /me/factors', { token, body: { type: 'totp', name: 'app' } })
    const second = await world.ask('POST /me/factors', { token, body: { type: 'totp', name: 'app' } })
    expect((await world.ask('GET /me/factors', { token })).body.items).toHaveLength(1)
    const { token: attempt, step } = first.body.attempt
    const late = await world.ask('POST /attempts/answer', { token, body: { attempt, code: nextCode(step.secret) } })
    expect(codeOf(late)).toBe('attempt_expired')
    expect(second.body.attempt.step.secret).not.toBe(step.secret)
    expect((await signIn(email)).status).toBe('complete')
  })

  it('goes on in its own session alone', async () => {
    const [one, two] = [await aPerson(world), await aPerson(world)]
    const begun = await world.ask('POST /me/factors', {
      token: one.complete.tokens.accessToken,
      body: { type: 'totp' },
    })
    const { token: attempt, step } = begun.body.attempt
    const body = { attempt, code: nextCode(step.secret) }
    const other = two.complete.tokens.accessToken
    expect(codeOf(await world.ask('POST /attempts/answer', { token: other, body }))).toBe('attempt_expired')
    expect(codeOf(await world.ask('POST /attempts/answer', { body }))).toBe('no_authorization')
  })

  it('ends the sessions that were opened without it', async () => {
    const { email, complete } = await aPerson(world)
    const other = await signIn(email)
    const token = complete.tokens.accessToken
    const begun = await world.ask('POST /me/factors', { token, body: { type: 'totp' } })
    const { token: attempt, step } = begun.body.attempt
    await world.ask('POST /attempts/answer', { token, body: { attempt, code: nextCode(step.secret) } })
    expect(codeOf(await world.ask('GET /me', { token: other.tokens.accessToken }))).toBe('session_not_found')
  })
})

/** Reads the picture as a camera would. */
function decodeSvg(dataUrl: string): string {
  const svg = Buffer.from(dataUrl.slice('data:image/svg+xml;base64,'.length), 'base64').toString()
  const size = Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1])
  const scale = 4
  const width = size * scale
  const data = new Uint8ClampedArray(width * width * 4).fill(255)
  const at = { x: 0, y: 0 }
  for (const [, command = '', numbers = ''] of svg.replace(/.*<path d="/s, '').matchAll(/([MmhvHVzZ])([-0-9. ]*)/g)) {
    const [x = 0, y = 0] = numbers
      .trim()
      .split(/ |(?=-)/)
      .map(Number)
    if (command === 'M') Object.assign(at, { x, y })
    else if (command === 'm') Object.assign(at, { x: at.x + x, y: at.y + y })
    if (command !== 'M' && command !== 'm') continue
    for (let dy = 0; dy < scale; dy += 1)
      for (let dx = 0; dx < scale; dx += 1) data.set([0, 0, 0], ((at.y * scale + dy) * width + at.x * scale + dx) * 4)
  }
  return decodeQr({ width, height: width, data })
}

describe('signing in with a second factor', () => {
  it('hands out nothing but the next step until it is proved', async () => {
    const { email, secret, factor } = await withApp('my phone')
    const pending = await signIn(email)
    expect(pending).toEqual({
      status: 'pending',
      attempt: {
        token: expect.stringMatching(/^wwa_/),
        purpose: 'sign_in',
        expiresAt: expect.any(String),
        step: {
          type: 'choose',
          options: [{ id: factor.id, type: 'totp', name: 'my phone', sentTo: null, enroll: false }],
        },
      },
    })
    const attempt = pending.attempt.token
    const done = await world.ask('POST /attempts/answer', { body: { attempt, code: nextCode(secret) } })
    expect(done.body).toMatchObject({
      status: 'complete',
      factor: null,
      session: { aal: 'aal2', amr: [{ method: 'totp' }, { method: 'password' }] },
    })
    const again = await world.ask('POST /attempts/answer', { body: { attempt, code: nextCode(secret) } })
    expect(codeOf(again)).toBe('attempt_expired')
  })

  it('sets no cookie before it is proved', async () => {
    const { email } = await withApp()
    const reply = await world.ask('POST /sign-in/password', {
      body: { email, password },
      headers: { 'watchword-session': 'cookie', origin: world.url },
    })
    expect(reply.body.status).toBe('pending')
    expect(reply.headers.getSetCookie()).toEqual([])
  })

  it('takes the option by id and by type, and no other', async () => {
    const { email, secret, factor } = await withApp()
    const { attempt } = await signIn(email)
    const answer = (option: string, code: string) =>
      world.ask('POST /attempts/answer', { body: { attempt: attempt.token, option, code } })
    expect(codeOf(await answer('phone', '123456'))).toBe('validation_failed')
    expect(codeOf(await answer(crypto.randomUUID(), '123456'))).toBe('validation_failed')
    const narrowed = await world.ask('POST /attempts/challenge', {
      body: { attempt: attempt.token, option: 'totp' },
    })
    expect(narrowed.body.attempt.step.options).toMatchObject([{ id: factor.id }])
    expect((await answer(factor.id, nextCode(secret))).body.status).toBe('complete')
  })

  it('a recovery with a new password waits for the factor too', async () => {
    const { email, secret } = await withApp()
    const begun = await world.ask('POST /recovery', { body: { email } })
    const { code } = await world.inbox.waitFor(email, 'recovery')
    const newPassword = 'eleven loud badgers'
    const half = await world.ask('POST /attempts/answer', {
      body: { attempt: begun.body.attempt.token, code, newPassword },
    })
    expect(half.body).toMatchObject({ status: 'pending', attempt: { purpose: 'recovery', step: { type: 'choose' } } })
    expect((await signIn(email)).status).toBe('pending')
    const done = await world.ask('POST /attempts/answer', {
      body: { attempt: half.body.attempt.token, code: nextCode(secret) },
    })
    expect(done.body).toMatchObject({ session: { aal: 'aal2', amr: [{ method: 'totp' }, { method: 'recovery' }] } })
    expect(codeOf(await world.ask('POST /sign-in/password', { body: { email, password } }))).toBe('invalid_credentials')
    const anew = await world.ask('POST /sign-in/password', { body: { email, password: newPassword } })
    expect(anew.body.status).toBe('pending')
  })
})

describe('a phone', () => {
  it('gets a code when it is set up and when it is chosen', async () => {
    const { email, complete } = await aPerson(world)
    const token = complete.tokens.accessToken
    const phone = '+15550102233'
    const begun = await world.ask('POST /me/factors', { token, body: { type: 'phone', phone, name: 'mobile' } })
    expect(begun.body.attempt).toMatchObject({
      purpose: 'enrollment',
      step: { type: 'code', channel: 'sms', sentTo: '+•••33' },
    })
    const first = await world.inbox.waitFor(phone, 'sms_code')
    const attempt = begun.body.attempt.token
    const done = await world.ask('POST /attempts/answer', { token, body: { attempt, code: first.code } })
    expect(done.body.factor).toMatchObject({ type: 'phone', phone: '+•••33', name: 'mobile' })
    await world.ask('DELETE /dev/inbox', {})

    const pending = await signIn(email)
    expect(pending.attempt.step.options).toMatchObject([{ type: 'phone', sentTo: '+•••33' }])
    const next = pending.attempt.token
    const early = await world.ask('POST /attempts/answer', { body: { attempt: next, option: 'phone', code: '123456' } })
    expect(codeOf(early)).toBe('attempt_expired')
    const asked = await world.ask('POST /attempts/challenge', { body: { attempt: next, option: 'phone' } })
    expect(asked.body.attempt.step).toMatchObject({ type: 'code', channel: 'sms' })
    const second = await world.inbox.waitFor(phone, 'sms_code')
    const finished = await world.ask('POST /attempts/answer', { body: { attempt: next, code: second.code } })
    expect(finished.body).toMatchObject({ session: { aal: 'aal2', amr: [{ method: 'phone' }, {}] } })
  })
})

describe('recovery codes', () => {
  it('are ten, shown once, and stand in for a factor', async () => {
    const { email, token, secret } = await withApp()
    const made = await world.ask('POST /me/recovery-codes', { token })
    expect(made.status).toBe(201)
    expect(made.body.codes).toHaveLength(10)
    expect(made.body.factor).toMatchObject({ type: 'recovery_codes', total: 10, remaining: 10 })
    const { attempt } = await signIn(email)
    expect(attempt.step.options).toMatchObject([{ type: 'totp' }, { type: 'recovery_code' }])
    const [code] = made.body.codes
    const typed = `${code.slice(0, 4)}-${code.slice(4, 8)}-${code.slice(8)}`
    const done = await world.ask('POST /attempts/answer', { body: { attempt: attempt.token, code: typed } })
    expect(done.body.session.amr).toMatchObject([{ method: 'recovery_code' }, { method: 'password' }])
    expect(done.body.user.factors).toMatchObject([{ type: 'totp' }, { remaining: 9 }])
    const anew = await world.ask('POST /me/recovery-codes', { token: done.body.tokens.accessToken })
    expect(anew.body.factor).toMatchObject({ id: made.body.factor.id, remaining: 10 })
    const second = await signIn(email)
    const old = await world.ask('POST /attempts/answer', {
      body: { attempt: second.attempt.token, code: made.body.codes[1] },
    })
    expect(codeOf(old)).toBe('mfa_verification_failed')
    expect((await signInWith(email, secret)).status).toBe('complete')
  })

  it('need another factor', async () => {
    const { complete } = await aPerson(world)
    const refused = await world.ask('POST /me/recovery-codes', { token: complete.tokens.accessToken })
    expect(codeOf(refused)).toBe('conflict')
  })
})

describe('one’s own factors', () => {
  it('are listed, renamed and removed', async () => {
    const { email, token, factor, secret } = await withApp('old')
    const other = await signInWith(email, secret)
    expect((await world.ask('GET /me/factors', { token })).body.items).toMatchObject([{ name: 'old' }])
    const renamed = await world.ask(`PATCH /me/factors/${factor.id}`, { token, body: { name: 'new' } })
    expect(renamed.body).toMatchObject({ id: factor.id, name: 'new' })
    await world.ask('POST /me/recovery-codes', { token })
    const taken = await world.ask(`PATCH /me/factors/${factor.id}`, { token, body: { name: 'Recovery codes' } })
    expect(codeOf(taken)).toBe('factor_name_taken')
    expect((await world.ask(`DELETE /me/factors/${factor.id}`, { token })).status).toBe(204)
    expect((await world.ask('GET /me/factors', { token })).body.items).toEqual([])
    const lowered = await world.ask('POST /sessions/refresh', { body: { refreshToken: other.tokens.refreshToken } })
    expect(lowered.body.session).toMatchObject({ aal: 'aal1', amr: [{ method: 'password' }] })
    expect((await signIn(email)).status).toBe('complete')
    expect(codeOf(await world.ask(`DELETE /me/factors/${factor.id}`, { token }))).toBe('not_found')
  })

  it('are proved anew where the last proof is old', async () => {
    const { token, factor, secret } = await withApp()
    world.clock.move(601)
    expect(codeOf(await world.ask(`DELETE /me/factors/${factor.id}`, { token }))).toBe('reauthentication_needed')
    const begun = await world.ask('POST /me/elevation', { token, body: {} })
    expect(begun.body.attempt.step).toMatchObject({ type: 'choose', options: [{ type: 'totp' }] })
    const done = await world.ask('POST /attempts/answer', {
      token,
      body: { attempt: begun.body.attempt.token, code: nextCode(secret) },
    })
    const fresh = done.body.tokens.accessToken
    expect((await world.ask(`DELETE /me/factors/${factor.id}`, { token: fresh })).status).toBe(204)
  })

  it('aal2 is out of reach without one', async () => {
    const { complete } = await aPerson(world)
    const token = complete.tokens.accessToken
    const refused = await world.ask('POST /me/elevation', { token, body: { level: 'aal2' } })
    expect(codeOf(refused)).toBe('insufficient_aal')
  })
})

describe('administrators', () => {
  it('see factors and remove them, with a reason; the owner is told', async () => {
    const { id, email, token, factor, refreshToken } = await withApp()
    await world.ask('POST /me/recovery-codes', { token })
    const listed = await world.admin(`GET /admin/users/${id}/factors`)
    expect(listed.body.items).toMatchObject([{ type: 'totp' }, { type: 'recovery_codes' }])
    expect((await world.admin(`GET /admin/users/${id}`)).body.factors).toHaveLength(2)
    const path = `DELETE /admin/users/${id}/factors/${factor.id}`
    expect(codeOf(await world.admin(path))).toBe('validation_failed')
    expect((await world.admin(`${path}?reason=lost+phone`)).status).toBe(204)
    expect((await world.admin(`GET /admin/users/${id}/factors`)).body.items).toEqual([])
    expect(codeOf(await world.admin(`${path}?reason=again`))).toBe('not_found')
    await world.inbox.waitFor(email, 'factor_removed')
    const next = await world.ask('POST /sessions/refresh', { body: { refreshToken } })
    expect(next.body.session.aal).toBe('aal1')
    const audit = await world.admin(`GET /admin/audit?userId=${id}&action=factor.removed`)
    expect(audit.body.items[0]).toMatchObject({ actor: { type: 'key' }, details: { reason: 'lost phone' } })
  })

  it('may take all of them at once', async () => {
    const { id, token } = await withApp()
    await world.ask('POST /me/recovery-codes', { token })
    expect((await world.admin(`DELETE /admin/users/${id}/factors?reason=lost`)).status).toBe(204)
    expect((await world.admin(`GET /admin/users/${id}`)).body.factors).toEqual([])
  })
})
