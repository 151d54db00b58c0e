import { describe, expect, it } from 'vitest'
import type { Attempt, Outcome } from '../src/index.ts'
import { aClient, anAddress, aPerson, aWorld, codeOf, followLink, ok, password } from './world.ts'

const world = aWorld()

function attemptOf(outcome: Outcome): Attempt {
  if (outcome.status !== 'pending') throw new Error('it is finished')
  return outcome.attempt
}

describe('getting in', () => {
  it('signs up with a password, waits for the mailed code, and is signed in', async () => {
    const auth = aClient(world())
    const email = anAddress()
    const attempt = attemptOf(await ok(auth.signUp({ email, password, displayName: 'Ada' })))
    expect(attempt.step).toMatchObject({ type: 'code', channel: 'email' })
    expect(auth.attempt?.token).toBe(attempt.token)
    expect(auth.state).toMatchObject({ status: 'signed_out' })
    const { code } = await world().inbox.waitFor(email, 'sign_up')
    const done = await ok(attempt.answer({ code: code ?? '' }))
    expect(done).toMatchObject({ status: 'complete', isNewUser: true, user: { email, displayName: 'Ada' } })
    expect(auth.state).toMatchObject({ status: 'signed_in', user: { email } })
    expect(auth.attempt).toBeNull()
  })

  it('hands the attempt back with a wrong answer, so that the same field can be shown again', async () => {
    const auth = aClient(world())
    const email = await aPerson(world())
    const attempt = attemptOf(await ok(auth.signInWithCode({ email })))
    const { error } = await attempt.answer({ code: '000000' })
    expect(error).toMatchObject({ code: 'otp_expired', details: { triesLeft: 4 }, attempt: { token: attempt.token } })
    const { code } = await world().inbox.waitFor(email)
    const again = error?.attempt
    expect(await ok(again?.answer({ code: code ?? '' }) ?? Promise.reject(new Error('no attempt')))).toMatchObject({
      status: 'complete',
    })
  })

  it('recovers an account with a new password, and says that it was recovered', async () => {
    const auth = aClient(world())
    const email = await aPerson(world())
    const events: string[] = []
    auth.onChange(({ event }) => events.push(event))
    const attempt = attemptOf(await ok(auth.resetPassword({ email })))
    const { code } = await world().inbox.waitFor(email, 'recovery')
    await ok(attempt.answer({ code: code ?? '', newPassword: 'eight calm herons' }))
    expect(events).toContain('recovered')
    expect(await codeOf(aClient(world()).signInWithPassword({ email, password }))).toBe('invalid_credentials')
    expect(await ok(aClient(world()).signInWithPassword({ email, password: 'eight calm herons' }))).toMatchObject({
      status: 'complete',
    })
  })

  it('answers a refusal as a value with a stable code, a status and a request id', async () => {
    const { data, error } = await aClient(world()).signInWithPassword({ email: anAddress(), password: 'nothing' })
    expect(data).toBeNull()
    expect(error).toMatchObject({ name: 'AuthError', code: 'invalid_credentials', status: 400, retryAfter: null })
    expect(error?.requestId).toMatch(/^[0-9a-f-]{36}$/)
    const { error: invalid } = await aClient(world()).signUp({ email: 'nobody', password: 'x' })
    expect(invalid?.code).toMatch(/^(validation_failed|email_address_invalid|weak_password)$/)
  })

  it('throws the refusal where the client was made so', async () => {
    const auth = aClient(world(), { throwOnError: true })
    await expect(auth.signInWithPassword({ email: anAddress(), password: 'nothing' })).rejects.toMatchObject({
      code: 'invalid_credentials',
    })
  })

  it('says network_error where no server is', async () => {
    const auth = aClient(world(), { url: 'http://127.0.0.1:1' })
    expect(await codeOf(auth.signInAnonymously())).toBe('network_error')
  })

  it('signs a guest in, who gets an address and keeps the id', async () => {
    const auth = aClient(world())
    const guest = await ok(auth.signInAnonymously())
    if (guest.status !== 'complete') throw new Error('a guest needs no further step')
    const email = anAddress()
    const attempt = attemptOf(await ok(auth.me.changeEmail({ email, password })))
    const { code } = await world().inbox.waitFor(email)
    await ok(attempt.answer({ code: code ?? '' }))
    expect(auth.state).toMatchObject({ user: { id: guest.user.id, email, isAnonymous: false } })
  })

  it('comes back by a mailed link in the browser that asked, and nowhere else', async () => {
    const auth = aClient(world())
    const email = await aPerson(world())
    await ok(auth.signInWithCode({ email, redirectTo: `${world().url}/in` }))
    const { link } = await world().inbox.waitFor(email)
    const back = await followLink(link)
    expect(await codeOf(aClient(world()).handleRedirect(back))).toBe('other_browser')
    expect(await ok(auth.handleRedirect(back))).toMatchObject({ status: 'complete', user: { email } })
    expect(await codeOf(auth.handleRedirect(back))).toBe('other_browser')
    expect(await ok(auth.handleRedirect('https://app.example.test/?code=WELCOME10'))).toBeNull()
  })

  it('accepts an invitation', async () => {
    const email = anAddress()
    const invited = await fetch(`${world().url}/v1/admin/invites`, {
      method: 'POST',
      headers: { authorization: `Bearer ${world().secretKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ email, redirectTo: `${world().url}/in` }),
    })
    expect(invited.status).toBe(201)
    const { link } = await world().inbox.waitFor(email)
    const auth = aClient(world())
    const outcome = await ok(auth.handleRedirect(await followLink(link)))
    if (outcome === null) throw new Error('nothing was taken')
    const attempt = attemptOf(outcome)
    expect(attempt.step).toMatchObject({ type: 'accept', email, password: true })
    expect(await ok(attempt.answer({ accept: true, password }))).toMatchObject({ status: 'complete' })
  })
})
