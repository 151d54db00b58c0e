import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAddress, aPerson, codeOf, type NativeWorld, password, startNative } from './native-world.ts'

const app = 'https://app.example.test/in'
let world: NativeWorld
beforeAll(async () => {
  world = await startNative({ redirectUrls: [app] })
})
afterAll(() => world.close())

const newVerifier = () => randomBytes(32).toString('base64url')
const challengeOf = (verifier: string) => createHash('sha256').update(verifier).digest('base64url')

/** Asks for a code and a link, and answers what the mail held. */
async function aLink(email: string, path = 'POST /sign-in/code') {
  const verifier = newVerifier()
  const back = { redirectTo: app, codeChallenge: challengeOf(verifier), state: 'f3' }
  const begun = await world.ask(path, { body: { email, ...back, ...(path.includes('sign-up') ? { password } : {}) } })
  const mail = await world.inbox.waitFor(email)
  const link = new URL(mail.link ?? '')
  return { verifier, attempt: begun.body.attempt, code: mail.code, link, token: link.searchParams.get('token') ?? '' }
}

const click = async (token: string) => {
  const reply = await world.ask('POST /links', { form: { token }, headers: { 'sec-fetch-site': 'same-origin' } })
  return { reply, back: new URL(reply.headers.get('location') ?? 'none:') }
}

describe('a mailed link', () => {
  it('is a page with one button, which scanners may look at', async () => {
    const email = anAddress()
    const { link, attempt, token, verifier } = await aLink(email)
    expect(attempt.step).toMatchObject({ hasLink: true, linkOpened: false })
    expect(link.origin).toBe(world.config.settings.publicUrl)
    expect(token).toMatch(/^wwl_[A-Za-z0-9_-]{43}$/)
    for (const method of ['GET', 'HEAD', 'GET']) {
      const response = await fetch(`${world.url}/v1/links${link.search}`, { method })
      expect(response.status).toBe(200)
      const policy = response.headers.get('content-security-policy')
      expect(policy).toContain("form-action 'self' https://app.example.test")
      expect(policy).not.toMatch(/script-src|unsafe/)
      expect(response.headers.get('set-cookie')).toBeNull()
    }
    const state = await world.ask('POST /attempts/status', { body: { attempt: attempt.token } })
    expect(state.body.attempt.step.linkOpened).toBe(false)
    const { reply, back } = await click(token)
    expect([reply.status, back.origin + back.pathname, back.searchParams.get('state')]).toEqual([303, app, 'f3'])
    const opened = await world.ask('POST /attempts/status', { body: { attempt: attempt.token } })
    expect(opened.body.attempt.step.linkOpened).toBe(true)
    const code = back.searchParams.get('code')
    const done = await world.ask('POST /sessions/exchange', { body: { code, codeVerifier: verifier } })
    expect(done.body).toMatchObject({ status: 'complete', user: { email } })
    expect(codeOf(await world.ask('POST /attempts/status', { body: { attempt: attempt.token } }))).toBe(
      'attempt_expired',
    )
    expect((await world.ask(`GET /links${link.search}`)).status).toBe(403)
  })

  it('signs nobody in elsewhere and wastes nothing: the code still works where it began', async () => {
    const email = anAddress()
    const { attempt, token, code } = await aLink(email)
    const { back } = await click(token)
    const body = { code: back.searchParams.get('code'), codeVerifier: newVerifier() }
    expect(codeOf(await world.ask('POST /sessions/exchange', { body }))).toBe('bad_code_verifier')
    expect(codeOf(await world.ask('POST /sessions/exchange', { body }))).toBe('flow_state_already_used')
    const done = await world.ask('POST /attempts/answer', { body: { attempt: attempt.token, code } })
    expect(done.body.status).toBe('complete')
  })

  it('is not in the mail of whoever left no challenge', async () => {
    const email = anAddress()
    await world.ask('POST /sign-in/code', { body: { email, redirectTo: app } })
    expect((await world.inbox.waitFor(email)).link).toBeNull()
  })

  it('signs up with the password that came with it', async () => {
    const email = anAddress()
    const { token, verifier } = await aLink(email, 'POST /sign-up/password')
    const done = await world.ask('POST /links', { body: { token, codeVerifier: verifier } })
    expect(done.body.user.waysIn).toEqual(['password', 'code'])
  })

  it('is refused when wrong, cut, foreign or forged', async () => {
    const { token, verifier } = await aLink(anAddress())
    for (const bad of ['', 'wwl_', token.slice(4), `${token}x`, `wwa_${token.slice(4)}`, `wwl_${'A'.repeat(43)}`])
      expect(codeOf(await world.ask('POST /links', { body: { token: bad, codeVerifier: verifier } }))).toBe(
        'otp_expired',
      )
    expect(codeOf(await world.ask('POST /links', { body: { token } }))).toBe('bad_code_verifier')
    const forged = await world.ask('POST /links', { form: { token }, headers: { 'sec-fetch-site': 'cross-site' } })
    expect(codeOf(forged)).toBe('origin_not_allowed')
    expect((await click('wwl_nonsense')).reply.status).toBe(403)
  })

  it('ends what its code opened when the code comes twice', async () => {
    const { token, verifier } = await aLink(anAddress())
    const { back } = await click(token)
    const body = { code: back.searchParams.get('code'), codeVerifier: verifier }
    const done = await world.ask('POST /sessions/exchange', { body })
    expect(done.status).toBe(200)
    expect(codeOf(await world.ask('POST /sessions/exchange', { body }))).toBe('flow_state_already_used')
    const me = await world.ask('GET /me', { token: done.body.tokens.accessToken })
    expect(codeOf(me)).toBe('session_not_found')
    expect(codeOf(await world.ask('POST /sessions/exchange', { body: { ...body, code: 'unknown' } }))).toBe(
      'flow_state_not_found',
    )
  })
})

describe("an administrator's link", () => {
  it('asks before anything happens, and a code without a verifier is good for nothing else', async () => {
    const { email, complete } = await aPerson(world)
    const body = { purpose: 'sign_in', redirectTo: app }
    const made = await world.admin(`POST /admin/users/${complete.user.id}/links`, body)
    expect(made.body).toMatchObject({ purpose: 'sign_in', url: expect.stringContaining('/v1/links?token=wwl_') })
    const { back } = await click(new URL(made.body.url).searchParams.get('token') ?? '')
    const asked = await world.ask('POST /sessions/exchange', { body: { code: back.searchParams.get('code') } })
    expect(asked.body).toMatchObject({
      status: 'pending',
      attempt: { purpose: 'sign_in', step: { type: 'accept', email, password: false } },
    })
    const attempt = asked.body.attempt.token
    const answer = (more: object) => world.ask('POST /attempts/answer', { body: { attempt, ...more } })
    expect(codeOf(await answer({ code: '123456' }))).toBe('validation_failed')
    expect(codeOf(await answer({ accept: true, password }))).toBe('validation_failed')
    expect((await answer({ accept: true })).body).toMatchObject({ status: 'complete', user: { email } })
    expect(codeOf(await answer({ accept: true }))).toBe('attempt_expired')
    const own = await aLink(anAddress())
    const { back: ownBack } = await click(own.token)
    const stolen = await world.ask('POST /sessions/exchange', { body: { code: ownBack.searchParams.get('code') } })
    expect(codeOf(stolen)).toBe('bad_code_verifier')
  })

  it('is mailed where that is asked for, and then shown to nobody else', async () => {
    const { email, complete } = await aPerson(world)
    const made = await world.admin(`POST /admin/users/${complete.user.id}/links`, { purpose: 'recovery', send: true })
    expect(made.body.url).toBeNull()
    const mail = await world.inbox.waitFor(email, 'recovery')
    expect(mail.code).toBeNull()
    const token = new URL(mail.link ?? '').searchParams.get('token')
    const asked = await world.ask('POST /links', { body: { token } })
    const body = { attempt: asked.body.attempt.token, accept: true, password: 'nine calm herons' }
    const done = await world.ask('POST /attempts/answer', { body })
    expect(done.body.session.amr[0].method).toBe('recovery')
    const signIn = await world.ask('POST /sign-in/password', { body: { email, password: 'nine calm herons' } })
    expect(signIn.status).toBe(200)
  })

  it('confirms an account without keeping a password that somebody else chose', async () => {
    const email = anAddress()
    await world.ask('POST /sign-up/password', { body: { email, password } })
    const { body: found } = await world.admin(`GET /admin/users?email=${email}`)
    const made = await world.admin(`POST /admin/users/${found.items[0].id}/links`, { purpose: 'sign_up' })
    const token = new URL(made.body.url).searchParams.get('token')
    const asked = await world.ask('POST /links', { body: { token } })
    const done = await world.ask('POST /attempts/answer', {
      body: { attempt: asked.body.attempt.token, accept: true },
    })
    expect(done.body.user.waysIn).toEqual(['code'])
  })
})

describe('an invitation', () => {
  it('leads to a question with a password, once', async () => {
    const email = anAddress()
    const made = await world.admin('POST /admin/invites', { email, displayName: 'Mira', redirectTo: app })
    expect(made.body).toMatchObject({ email, invitedBy: expect.any(String) })
    const list = await world.admin('GET /admin/invites')
    expect(list.body.items[0]).toEqual(made.body)
    const mail = await world.inbox.waitFor(email, 'invite')
    expect(mail.code).toBeNull()
    const token = new URL(mail.link ?? '').searchParams.get('token') ?? ''
    const { back } = await click(token)
    const asked = await world.ask('POST /sessions/exchange', { body: { code: back.searchParams.get('code') } })
    expect(asked.body.attempt).toMatchObject({
      purpose: 'invite',
      step: { type: 'accept', email, displayName: 'Mira', password: true },
    })
    const attempt = asked.body.attempt.token
    const weak = await world.ask('POST /attempts/answer', { body: { attempt, accept: true, password: 'password123' } })
    expect(codeOf(weak)).toBe('weak_password')
    const done = await world.ask('POST /attempts/answer', { body: { attempt, accept: true, password } })
    expect(done.body).toMatchObject({ isNewUser: true, user: { email, displayName: 'Mira' } })
    expect((await click(token)).reply.status).toBe(403)
    expect(codeOf(await world.admin('POST /admin/invites', { email }))).toBe('user_already_exists')
  })

  it('can be taken back', async () => {
    const email = anAddress()
    const { body } = await world.admin('POST /admin/invites', { email })
    const mail = await world.inbox.waitFor(email, 'invite')
    expect((await world.admin(`DELETE /admin/invites/${body.id}`)).status).toBe(204)
    expect(codeOf(await world.admin(`DELETE /admin/invites/${body.id}`))).toBe('not_found')
    expect((await click(new URL(mail.link ?? '').searchParams.get('token') ?? '')).reply.status).toBe(403)
  })
})
