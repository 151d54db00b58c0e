import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MailServer, startMailServer } from '../../world/mail-server.ts'
import { startWorld, type World } from '../../world/world.ts'
import { authClient } from '../supabase/clients.ts'
import { anAddress, aPerson, aSignedIn, goodPassword, nhostClient, raw } from './clients.ts'

const site = 'http://localhost:3000'
const redirectTo = `${site}/in?a=1`
let mails: MailServer
let world: World
beforeAll(async () => {
  mails = await startMailServer()
  world = await startWorld({
    config: {
      siteUrl: site,
      mail: { smtpUrl: mails.url, smtpApi: '{"category": "accounts"}' },
      emailChange: { bothAgree: false },
    },
  })
})
afterAll(async () => {
  await world.close()
  await mails.close()
})

/** What tools read of a mail. */
async function told(to: string) {
  const { headers } = await mails.waitFor(to)
  return {
    template: headers.get('x-email-template'),
    ticket: headers.get('x-ticket'),
    place: headers.get('x-redirect-to'),
    link: headers.get('x-link'),
  }
}

/** The headers of a mail with a link, which leads where they say. */
async function withLink(to: string, template: string, prefix: string, place = redirectTo) {
  const facts = await told(to)
  expect(facts).toEqual({
    template,
    ticket: expect.stringMatching(`^${prefix}:.{20,}`),
    place,
    link: expect.any(String),
  })
  const link = new URL(facts.link ?? '')
  expect(link.href.startsWith(`${world.config.settings.publicUrl}/nhost/v1/verify?`)).toBe(true)
  expect([link.searchParams.get('ticket'), link.searchParams.get('redirectTo')]).toEqual([facts.ticket, place])
  return facts
}

describe('the headers of mails', () => {
  it('of a sign-up hold its ticket, and the link works as it stands there', async () => {
    const email = anAddress()
    await nhostClient(world).auth.signUpEmailPassword({ email, password: goodPassword, options: { redirectTo } })
    const { link } = await withLink(email, 'email-verify', 'verifyEmail')
    const { headers } = await fetch(link ?? '', { redirect: 'manual' })
    expect(new URL(headers.get('location') ?? '').searchParams.get('refreshToken')).toBeTruthy()
  })

  it('of a link, of a reset and of a change say which they are', async () => {
    const { email } = await aPerson(world)
    const { auth } = nhostClient(world)
    await auth.signInPasswordlessEmail({ email, options: { redirectTo } })
    await withLink(email, 'signin-passwordless', 'passwordlessEmail')
    const other = await aPerson(world)
    await auth.sendPasswordResetEmail({ email: other.email })
    const { ticket = '' } = await withLink(other.email, 'password-reset', 'passwordReset', site)
    await auth.changeUserPassword({ newPassword: 'another quiet otter 7', ticket })
    const signedIn = await aSignedIn(world)
    const newEmail = anAddress()
    await signedIn.nhost.auth.changeUserEmail({ newEmail, options: { redirectTo } })
    await withLink(newEmail, 'email-confirm-change', 'emailConfirmChange')
  })

  it('of a code hold the code, and no link', async () => {
    const { email } = await aPerson(world)
    const { auth } = nhostClient(world)
    await auth.signInOTPEmail({ email, options: { redirectTo } })
    const { ticket = '', ...rest } = await told(email)
    expect(rest).toEqual({ template: 'signin-otp', place: redirectTo, link: undefined })
    const { body } = await auth.verifySignInOTPEmail({ email, otp: ticket })
    expect(body.session?.user?.email).toBe(email)
  })

  it('of a code that elevates too', async () => {
    const { email, session } = await aSignedIn(world)
    const headers = { authorization: `Bearer ${session.accessToken}` }
    const asked = await raw(world, '/elevate/otp/email', { method: 'POST', headers })
    expect(asked.status).toBe(200)
    const { ticket, template, link } = await told(email)
    expect([template, link]).toEqual(['elevate-otp', undefined])
    expect((await raw(world, '/elevate/otp/email/verify', { headers, json: { otp: ticket } })).status).toBe(200)
  })

  it('of every mail hold what the mail service is told', async () => {
    const email = anAddress()
    await nhostClient(world).auth.signInPasswordlessEmail({ email })
    expect((await mails.waitFor(email)).headers.get('x-smtpapi')).toBe('{"category": "accounts"}')
  })

  it('of other dialects, and where that is switched off, hold no secret', async () => {
    const email = anAddress()
    await authClient(world).signInWithOtp({ email })
    const { fields } = await mails.waitFor(email)
    expect(fields.filter((name) => ['x-ticket', 'x-link', 'x-redirect-to'].includes(name))).toEqual([])
    const quiet = await startWorld({
      config: { mail: { smtpUrl: mails.url }, dialects: { nhost: { mailHeaders: false } } },
    })
    const next = anAddress()
    await nhostClient(quiet).auth.signInPasswordlessEmail({ email: next })
    expect((await mails.waitFor(next)).fields.filter((name) => name.startsWith('x-')).sort()).toEqual([
      'x-auto-response-suppress',
      'x-email-template',
      'x-request-id',
    ])
    await quiet.close()
  })
})
