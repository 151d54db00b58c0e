import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type LocalVendor, startVendor, vendorSecret } from '../../world/captcha-vendor.ts'
import { startWorld, type World } from '../../world/world.ts'
import { nhostClient, refused } from '../nhost/clients.ts'
import { adminApi, anAddress, authClient } from '../supabase/clients.ts'

let vendor: LocalVendor
let world: World
beforeAll(async () => {
  vendor = await startVendor('/siteverify')
  world = await startWorld({
    config: {
      outbound: { allow: ['127.0.0.1'] },
      captcha: { provider: 'hcaptcha', siteKey: 'the-site', secret: vendorSecret, url: vendor.url },
      signUp: { emailConfirmation: false },
    },
  })
})
afterAll(async () => {
  await world.close()
  await vendor.close()
})

const password = 'correct horse battery 9'

describe('a captcha, with the clients as they are', () => {
  it('Supabase: each call takes it as captchaToken', async () => {
    const client = authClient(world)
    const email = anAddress()
    const options = () => ({ captchaToken: vendor.solve() })
    expect((await client.signUp({ email, password, options: options() })).error).toBeNull()
    expect(vendor.requests.at(-1)?.form).toMatchObject({ sitekey: 'the-site', remoteip: '127.0.0.1' })
    expect((await client.signInWithPassword({ email, password, options: options() })).error).toBeNull()
    expect((await client.signInWithOtp({ email, options: options() })).error).toBeNull()
    expect((await client.resetPasswordForEmail(email, options())).error).toBeNull()
    expect((await client.resend({ type: 'signup', email, options: options() })).error).toBeNull()
    expect((await client.signInAnonymously({ options: options() })).error).toBeNull()
  })

  it('Supabase: a refusal says why', async () => {
    const client = authClient(world)
    const none = await client.signInAnonymously()
    expect(none.error).toMatchObject({
      status: 400,
      code: 'captcha_failed',
      message: 'captcha protection: request disallowed (no captcha_token found)',
    })
    const wrong = await client.signInAnonymously({ options: { captchaToken: 'made up' } })
    expect(wrong.error).toMatchObject({
      status: 400,
      code: 'captcha_failed',
      message: 'captcha protection: request disallowed (invalid-input-response)',
    })
  })

  it('Supabase: refreshing and administrating need none', async () => {
    const client = authClient(world)
    await client.signInAnonymously({ options: { captchaToken: vendor.solve() } })
    expect((await client.refreshSession()).error).toBeNull()
    expect((await adminApi(world).createUser({ email: anAddress(), password, email_confirm: true })).error).toBeNull()
  })

  it('Nhost: each call takes it as a header', async () => {
    const nhost = nhostClient(world)
    const header = () => ({ headers: { 'x-cf-turnstile-response': vendor.solve() } })
    const email = anAddress()
    expect((await nhost.auth.signUpEmailPassword({ email, password }, header())).status).toBe(200)
    expect((await nhost.auth.signInEmailPassword({ email, password }, header())).status).toBe(200)
    expect((await nhost.auth.sendPasswordResetEmail({ email }, header())).status).toBe(200)
    expect((await nhost.auth.signInPasswordlessEmail({ email }, header())).status).toBe(200)
    expect((await nhost.auth.sendVerificationEmail({ email })).status).toBe(200)
  })

  it('Nhost: a refusal is that of its contract', async () => {
    const nhost = nhostClient(world)
    const email = anAddress()
    expect(await refused(nhost.auth.signUpEmailPassword({ email, password }))).toEqual({
      status: 403,
      body: { error: 'missing x-cf-turnstile-response header' },
    })
    const headers = { 'x-cf-turnstile-response': 'made up' }
    expect(await refused(nhost.auth.signUpEmailPassword({ email, password }, { headers }))).toEqual({
      status: 403,
      body: { error: 'failed to pass turnstile: invalid-input-response' },
    })
  })

  it('native: what a form needs to know stands in the settings', async () => {
    const settings = (await (await fetch(`${world.url}/v1/settings`)).json()) as object
    expect(settings).toMatchObject({
      captcha: { provider: 'hcaptcha', siteKey: 'the-site', on: ['sign_up', 'sign_in', 'send', 'start'] },
    })
  })

  it('Altogic: its client cannot bring one, and is let through where that is chosen', async () => {
    const open = await startWorld({
      config: {
        outbound: { allow: ['127.0.0.1'] },
        captcha: { provider: 'hcaptcha', siteKey: 'the-site', secret: vendorSecret, url: vendor.url },
        dialects: { altogic: { captcha: false } },
      },
    })
    const ask = (at: World) =>
      fetch(`${at.url}/_api/rest/v1/auth/signup-email`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-client-key': at.publishableKey },
        body: JSON.stringify({ email: anAddress(), password }),
      })
    expect((await ask(world)).status).toBe(400)
    expect((await ask(open)).status).toBe(200)
    await open.close()
  })
})
