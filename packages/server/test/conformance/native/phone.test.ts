import { randomInt } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anAddress, aPerson, type Body, codeOf, type NativeWorld, password, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative({ phone: { countries: ['DE'], testNumbers: '15550100188:131313' } })
})
afterAll(() => world.close())

const aNumber = () => `+49151${randomInt(10_000_000, 99_999_999)}`
const as = (complete: Body) => ({ token: complete.tokens.accessToken as string })
const codeTo = async (phone: string) => (await world.inbox.waitFor(phone, 'sms_code')).code
const answer = (begun: Body, more: object, token?: string) =>
  world.ask('POST /attempts/answer', {
    body: { attempt: begun.attempt.token, ...more },
    ...(token === undefined ? {} : { token }),
  })

/** Somebody signed up with a number and proved it. */
async function aCaller(phone = aNumber()): Promise<{ phone: string; complete: Body }> {
  const begun = (await world.ask('POST /sign-up/password', { body: { phone, password } })).body
  const { body: complete } = await answer(begun, { code: await codeTo(phone) })
  expect(complete.status).toBe('complete')
  await world.inbox.clear()
  return { phone, complete }
}

describe('a phone number as a way in', () => {
  it('signs up with a password once its code is typed', async () => {
    const phone = aNumber()
    const begun = await world.ask('POST /sign-up/password', { body: { phone, password, displayName: 'Ada' } })
    expect(begun.body.attempt).toMatchObject({
      purpose: 'sign_up',
      step: { type: 'code', channel: 'sms', sentTo: `+•••${phone.slice(-2)}`, length: 6, hasLink: false },
    })
    const { body } = await answer(begun.body, { code: await codeTo(phone) })
    expect(body).toMatchObject({
      status: 'complete',
      isNewUser: true,
      user: { phone, email: null, displayName: 'Ada', waysIn: ['password', 'code'], identities: [] },
      session: { amr: [{ method: 'code' }] },
    })
    const again = await world.ask('POST /sign-in/password', { body: { phone, password } })
    expect(again.body).toMatchObject({ status: 'complete', user: { id: body.user.id } })
  })

  it('tells nothing about a taken number, and texts its owner nothing', async () => {
    const { phone } = await aCaller()
    const free = await world.ask('POST /sign-up/password', { body: { phone: aNumber(), password } })
    const taken = await world.ask('POST /sign-up/password', { body: { phone, password } })
    const shape = ({ body }: typeof free) => ({
      ...body.attempt,
      token: '',
      expiresAt: '',
      step: { ...body.attempt.step, sentTo: '', resendAt: '', expiresAt: '' },
    })
    expect(shape(taken)).toEqual(shape(free))
    expect(await world.inbox.staysEmpty(phone)).toBe(true)
    expect((await answer(taken.body, { code: '000000' })).body).toMatchObject({
      code: 'otp_expired',
      details: { triesLeft: 4 },
    })
  })

  it('proves the number first where the password was right and the number never proved', async () => {
    const phone = aNumber()
    await world.ask('POST /sign-up/password', { body: { phone, password } })
    await codeTo(phone)
    await world.inbox.clear()
    const begun = await world.ask('POST /sign-in/password', { body: { phone, password } })
    expect(begun.body).toMatchObject({ status: 'pending', attempt: { step: { channel: 'sms' } } })
    const { body } = await answer(begun.body, { code: await codeTo(phone) })
    expect(body).toMatchObject({ status: 'complete', user: { phone } })
    expect((await world.ask('POST /sign-in/password', { body: { phone, password } })).body.status).toBe('complete')
  })

  it('signs in with a code, over WhatsApp too, and makes an account unless that is not wanted', async () => {
    const phone = aNumber()
    const nobody = await world.ask('POST /sign-in/code', { body: { phone, createUser: false } })
    expect(nobody.body.attempt.step).toMatchObject({ type: 'code', channel: 'sms' })
    expect(await world.inbox.staysEmpty(phone)).toBe(true)
    const other = aNumber()
    const begun = await world.ask('POST /sign-in/code', { body: { phone: other, channel: 'whatsapp' } })
    expect(begun.body.attempt.step).toMatchObject({ channel: 'whatsapp' })
    expect(await world.inbox.waitFor(other)).toMatchObject({ channel: 'whatsapp' })
    const { body } = await answer(begun.body, { code: await codeTo(other) })
    expect(body).toMatchObject({ status: 'complete', isNewUser: true, user: { phone: other, waysIn: ['code'] } })
  })

  it('sends a fresh code, by another channel where that is asked for', async () => {
    const phone = aNumber()
    const begun = await world.ask('POST /sign-in/code', { body: { phone } })
    await codeTo(phone)
    await world.inbox.clear()
    const attempt = begun.body.attempt.token
    const again = await world.ask('POST /attempts/challenge', { body: { attempt, channel: 'whatsapp' } })
    expect(again.body.attempt.step).toMatchObject({ channel: 'whatsapp' })
    expect(await world.inbox.waitFor(phone)).toMatchObject({ channel: 'whatsapp' })
    expect((await answer(begun.body, { code: await codeTo(phone) })).body.status).toBe('complete')
  })

  it('recovers an account, with the new password beside the code', async () => {
    const { phone, complete } = await aCaller()
    const begun = await world.ask('POST /recovery', { body: { phone } })
    expect(begun.body.attempt).toMatchObject({ purpose: 'recovery', step: { channel: 'sms' } })
    const newPassword = 'eight quiet badgers'
    const { body } = await answer(begun.body, { code: await codeTo(phone), newPassword })
    expect(body).toMatchObject({ status: 'complete', session: { amr: [{ method: 'recovery' }] } })
    expect(codeOf(await world.ask('GET /me', as(complete)))).toBe('session_not_found')
    const signIn = (word: string) => world.ask('POST /sign-in/password', { body: { phone, password: word } })
    expect([(await signIn(password)).status, (await signIn(newPassword)).status]).toEqual([400, 200])
  })

  it('takes one address and not two, and no number that costs or goes to another country', async () => {
    const ask = (body: object) => world.ask('POST /sign-in/code', { body })
    expect(codeOf(await ask({ email: anAddress(), phone: aNumber() }))).toBe('validation_failed')
    expect(codeOf(await ask({}))).toBe('validation_failed')
    expect(codeOf(await ask({ phone: '+44 909 8790000' }))).toBe('phone_number_invalid')
    expect(codeOf(await ask({ phone: aNumber(), channel: 'pigeon' }))).toBe('validation_failed')
    const closed = await ask({ phone: '+33612345678' })
    expect(closed.body).toMatchObject({ code: 'identifier_not_allowed', details: { reason: 'country' } })
    expect(await world.inbox.staysEmpty('+33612345678')).toBe(true)
  })

  it('knows the numbers of tests', async () => {
    const begun = await world.ask('POST /sign-in/code', { body: { phone: '+15550100188' } })
    expect((await answer(begun.body, { code: '131313' })).body).toMatchObject({ status: 'complete' })
  })
})

describe('the own number', () => {
  it('changes with a code to the new one; the old one and the mailbox are told', async () => {
    const { email, complete } = await aPerson(world)
    const [first, second] = [aNumber(), aNumber()]
    const token = as(complete)
    for (const phone of [first, second]) {
      const begun = await world.ask('POST /me/phone', { ...token, body: { phone } })
      expect(begun.body.attempt).toMatchObject({ purpose: 'phone_change', step: { channel: 'sms' } })
      expect((await world.ask('GET /me', token)).body.pendingPhone).toBe(phone)
      const done = await answer(begun.body, { code: await codeTo(phone) }, token.token)
      expect(done.body).toMatchObject({ status: 'complete', user: { phone, email, pendingPhone: null } })
      expect(done.body.session.id).toBe(complete.session.id)
      token.token = done.body.tokens.accessToken
    }
    expect(await world.inbox.waitFor(first, 'sms_phone_changed')).toMatchObject({ code: null })
    expect(await world.inbox.waitFor(email, 'phone_changed')).toMatchObject({ code: null })
    expect(codeOf(await world.ask('POST /me/phone', { ...token, body: { phone: second } }))).toBe('validation_failed')
  })

  it('makes a user of a guest, with a password', async () => {
    const guest = (await world.ask('POST /sign-up/anonymous', { body: {} })).body
    const phone = aNumber()
    const begun = await world.ask('POST /me/phone', { ...as(guest), body: { phone, password } })
    const { body } = await answer(begun.body, { code: await codeTo(phone) }, as(guest).token)
    expect(body).toMatchObject({ user: { id: guest.user.id, phone, isAnonymous: false } })
    expect((await world.ask('POST /sign-in/password', { body: { phone, password } })).body.status).toBe('complete')
  })

  it('tells that a number is taken only to whoever proves it', async () => {
    const { phone: taken } = await aCaller()
    const { complete } = await aCaller()
    const begun = await world.ask('POST /me/phone', { ...as(complete), body: { phone: taken } })
    expect(begun.body).toMatchObject({ status: 'pending' })
    expect(await world.inbox.staysEmpty(taken)).toBe(true)
  })

  it('is taken off where there is another way in, and only there', async () => {
    const { complete } = await aCaller()
    expect(codeOf(await world.ask('DELETE /me/phone', as(complete)))).toBe('single_identity_not_deletable')
    const person = await aPerson(world)
    const phone = aNumber()
    const begun = await world.ask('POST /me/phone', { ...as(person.complete), body: { phone } })
    const { body } = await answer(begun.body, { code: await codeTo(phone) }, as(person.complete).token)
    const gone = await world.ask('DELETE /me/phone', as(body))
    expect(gone.body).toMatchObject({ phone: null, phoneConfirmedAt: null, email: person.email })
    expect(codeOf(await world.ask('POST /sign-in/password', { body: { phone, password } }))).toBe('invalid_credentials')
  })

  it('takes the e-mail address off once a number signs in, tells it, and lets somebody else have it', async () => {
    const person = await aPerson(world)
    expect(codeOf(await world.ask('DELETE /me/email', as(person.complete)))).toBe('single_identity_not_deletable')
    const phone = aNumber()
    const begun = await world.ask('POST /me/phone', { ...as(person.complete), body: { phone } })
    const { body } = await answer(begun.body, { code: await codeTo(phone) }, as(person.complete).token)
    const pending = { email: 'elsewhere@example.test' }
    const waiting = await world.ask('POST /me/email', { ...as(body), body: pending })
    const other = await world.ask('POST /sign-in/password', { body: { email: person.email, password } })
    await world.inbox.clear()
    const gone = await world.ask('DELETE /me/email', as(body))
    expect(gone.body).toMatchObject({ email: null, emailConfirmedAt: null, pendingEmail: null, phone })
    expect((await world.inbox.waitFor(person.email)).template).toBe('identity_unlinked')
    const late = await world.ask('POST /attempts/status', {
      ...as(body),
      body: { attempt: waiting.body.attempt.token },
    })
    expect(codeOf(late)).toBe('attempt_expired')
    expect((await world.ask('GET /me', as(other.body))).status).toBe(403)
    const byEmail = await world.ask('POST /sign-in/password', { body: { email: person.email, password } })
    expect(codeOf(byEmail)).toBe('invalid_credentials')
    expect((await world.ask('POST /sign-in/password', { body: { phone, password } })).body.status).toBe('complete')
    expect((await world.ask('DELETE /me/email', as(body))).status).toBe(200)
    expect((await world.ask('POST /sign-up/password', { body: { email: person.email, password } })).status).toBe(200)
  })

  it('keeps one of two addresses that are taken off at once', async () => {
    const person = await aPerson(world)
    const phone = aNumber()
    const begun = await world.ask('POST /me/phone', { ...as(person.complete), body: { phone } })
    const { body } = await answer(begun.body, { code: await codeTo(phone) }, as(person.complete).token)
    const both = await Promise.all(['DELETE /me/email', 'DELETE /me/phone'].map((line) => world.ask(line, as(body))))
    expect(both.map(({ status }) => status).sort()).toEqual([200, 422])
  })

  it('drops a change that waits, when it is cancelled or the number is taken off', async () => {
    const person = await aPerson(world)
    const phone = aNumber()
    for (const drop of ['cancel', 'remove']) {
      const begun = await world.ask('POST /me/phone', { ...as(person.complete), body: { phone } })
      if (drop === 'remove') await world.ask('DELETE /me/phone', as(person.complete))
      else
        await world.ask('POST /attempts/cancel', {
          ...as(person.complete),
          body: { attempt: begun.body.attempt.token },
        })
      expect((await world.ask('GET /me', as(person.complete))).body.pendingPhone).toBeNull()
      const late = await answer(begun.body, { code: await codeTo(phone) }, as(person.complete).token)
      expect(codeOf(late)).toBe('attempt_expired')
      await world.inbox.clear()
    }
  })

  it('proves once more who it is', async () => {
    const { phone, complete } = await aCaller()
    world.clock.move(700)
    const token = as(complete)
    expect(codeOf(await world.ask('POST /me/phone', { ...token, body: { phone: aNumber() } }))).toBe(
      'reauthentication_needed',
    )
    const begun = (await world.ask('POST /me/elevation', { ...token, body: {} })).body
    expect(begun.attempt.step.options).toMatchObject([
      { id: 'password', type: 'password', sentTo: null },
      { id: 'phone', type: 'phone', sentTo: `+•••${phone.slice(-2)}` },
    ])
    const attempt = begun.attempt.token
    const chosen = await world.ask('POST /attempts/challenge', { ...token, body: { attempt, option: 'phone' } })
    expect(chosen.body.attempt.step).toMatchObject({ type: 'code', channel: 'sms' })
    const done = await answer(begun, { code: await codeTo(phone) }, token.token)
    expect(done.body).toMatchObject({ status: 'complete', session: { id: complete.session.id } })
  })
})
