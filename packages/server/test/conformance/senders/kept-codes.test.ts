import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LocalGateway } from '../../world/text-gateway.ts'
import { startGateway } from '../../world/text-gateway.ts'
import { startWorld, type World } from '../../world/world.ts'
import { aNumber, authClient, goodPassword, worked } from '../supabase/clients.ts'

const serviceSid = `VA${'d'.repeat(32)}`

/** A gateway that makes codes up and keeps one for each number, as Twilio Verify does. */
function keepCodes(gateway: LocalGateway): Map<string, string> {
  const codes = new Map<string, string>()
  gateway.answer(({ path, form }) => {
    const to = form['To'] ?? ''
    if (path.endsWith('/Verifications')) {
      if (!codes.has(to)) codes.set(to, String(100_000 + codes.size))
      return { status: 201, json: { status: 'pending' } }
    }
    if (!codes.has(to)) return { status: 404, json: { code: 20404, status: 404 } }
    const isRight = codes.get(to) === form['Code']
    if (isRight) codes.delete(to)
    return { status: 200, json: { status: isRight ? 'approved' : 'pending', valid: isRight } }
  })
  return codes
}

let gateway: LocalGateway
let codes: Map<string, string>
let world: World
beforeAll(async () => {
  gateway = await startGateway()
  codes = keepCodes(gateway)
  world = await startWorld({
    config: {
      sms: {
        provider: 'twilio_verify',
        url: gateway.url,
        twilioVerify: { accountSid: `AC${'a'.repeat(32)}`, authToken: 'the token', serviceSid },
      },
      phone: { countries: ['DE'], testNumbers: '15550100177:171717' },
      outbound: { allow: ['127.0.0.1'] },
    },
  })
})
afterAll(async () => {
  await world.close()
  await gateway.close()
})

/** The code the gateway made up for a number, once it was asked to. */
async function keptFor(phone: string): Promise<string> {
  for (let tries = 0; tries < 1_500; tries += 1) {
    const code = codes.get(`+${phone}`)
    if (code !== undefined) return code
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error('the gateway was not asked')
}

describe('codes that the gateway keeps', () => {
  it('sign up, sign in and change a number; none of ours leaves or fits', async () => {
    const client = authClient(world)
    const [phone, next] = [aNumber(), aNumber()]
    worked(await client.signUp({ phone, password: goodPassword }))
    const token = await keptFor(phone)
    expect((await client.verifyOtp({ phone, token: '999999', type: 'sms' })).error?.code).toBe('otp_expired')
    worked(await client.verifyOtp({ phone, token, type: 'sms' }))
    worked(await client.updateUser({ phone: next }))
    worked(await client.verifyOtp({ phone: next, token: await keptFor(next), type: 'phone_change' }))
    worked(await authClient(world).signInWithOtp({ phone: next }))
    worked(await authClient(world).verifyOtp({ phone: next, token: await keptFor(next), type: 'sms' }))
    expect(gateway.requests.every(({ body }) => !body.includes('Body='))).toBe(true)
  })

  it('count like any other: after five wrong ones the right one is not even asked about', async () => {
    const phone = aNumber()
    worked(await authClient(world).signInWithOtp({ phone }))
    const token = await keptFor(phone)
    for (let tries = 0; tries < 5; tries += 1)
      await authClient(world).verifyOtp({ phone, token: '999999', type: 'sms' })
    const asked = gateway.requests.length
    expect((await authClient(world).verifyOtp({ phone, token, type: 'sms' })).error?.code).toBe('otp_expired')
    expect(gateway.requests.length).toBe(asked)
  })

  it('open one session, however many ask at once', async () => {
    const phone = aNumber()
    worked(await authClient(world).signInWithOtp({ phone }))
    const token = await keptFor(phone)
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => authClient(world).verifyOtp({ phone, token, type: 'sms' })),
    )
    expect(answers.filter(({ error }) => error === null)).toHaveLength(1)
  })

  it('S24 speak for the newest message of a number alone', async () => {
    const phone = aNumber()
    const client = authClient(world)
    worked(await client.signUp({ phone, password: goodPassword }))
    worked(await client.verifyOtp({ phone, token: await keptFor(phone), type: 'sms' }))
    worked(await authClient(world).signInWithOtp({ phone }))
    const token = await keptFor(phone)
    const begun = await fetch(`${world.url}/v1/recovery`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ phone: `+${phone}` }),
    })
    expect(begun.status).toBe(200)
    expect((await authClient(world).verifyOtp({ phone, token, type: 'sms' })).error?.code).toBe('otp_expired')
  })

  it('S24 raise a session or open one, as they were last asked for', async () => {
    const phone = aNumber()
    const client = authClient(world)
    worked(await client.signUp({ phone, password: goodPassword }))
    const { session } = worked(await client.verifyOtp({ phone, token: await keptFor(phone), type: 'sms' }))
    const elevate = async (otp?: string) => {
      const path = `/elevate/otp/sms${otp === undefined ? '' : '/verify'}`
      const { status } = await fetch(`${world.url}/nhost/v1${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${session?.access_token}`, 'content-type': 'application/json' },
        ...(otp === undefined ? {} : { body: JSON.stringify({ otp }) }),
      })
      return status
    }
    const signIn = async (token: string) => (await authClient(world).verifyOtp({ phone, token, type: 'sms' })).error
    expect(await elevate()).toBe(200)
    const token = await keptFor(phone)
    world.clock.move(1)
    worked(await authClient(world).signInWithOtp({ phone }))
    expect(await elevate(token)).toBe(400)
    world.clock.move(1)
    expect(await elevate()).toBe(200)
    expect((await signIn(token))?.code).toBe('otp_expired')
    expect(await elevate(token)).toBe(200)
  })

  it('S13 are asked for where nobody is, too', async () => {
    const phone = `+${aNumber()}`
    const ask = async (path: string, body: object) =>
      (await fetch(`${world.url}/v1${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }).then((response) => response.json())) as { attempt?: { token: string }; code?: string }
    const begun = await ask('/sign-in/code', { phone, createUser: false })
    const asked = gateway.requests.length
    expect((await ask('/attempts/answer', { attempt: begun.attempt?.token, code: '123456' })).code).toBe('otp_expired')
    expect(gateway.requests.slice(asked).map(({ form }) => form)).toEqual([{ To: phone, Code: '123456' }])
  })

  it('are not needed by the numbers of tests', async () => {
    const phone = '15550100177'
    worked(await authClient(world).signInWithOtp({ phone }))
    worked(await authClient(world).verifyOtp({ phone, token: '171717', type: 'sms' }))
  })

  it('open nothing while the gateway does not answer', async () => {
    const phone = aNumber()
    worked(await authClient(world).signInWithOtp({ phone }))
    const token = await keptFor(phone)
    gateway.answer({ status: 503, json: {} })
    const { error } = await authClient(world).verifyOtp({ phone, token, type: 'sms' })
    expect(error).toMatchObject({ status: 503 })
    expect(await (await fetch(`${world.url}/auth/v1/settings`)).json()).toMatchObject({
      external: { phone: true },
      sms_provider: 'twilio_verify',
    })
  })
})
