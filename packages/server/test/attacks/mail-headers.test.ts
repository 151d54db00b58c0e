import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { headerFields } from '#src/core/notifications/senders/header-fields.ts'
import { anAddress, raw } from '../conformance/nhost/clients.ts'
import { type MailServer, startMailServer } from '../world/mail-server.ts'
import { startWorld, type World } from '../world/world.ts'

const site = 'http://localhost:3000'
let mails: MailServer
let world: World
beforeAll(async () => {
  mails = await startMailServer()
  // Everything below the site is allowed, so that what comes behind it is the attacker's.
  world = await startWorld({ config: { siteUrl: site, redirectUrls: ['myapp://**'], mail: { smtpUrl: mails.url } } })
})
afterAll(async () => {
  await world.close()
  await mails.close()
})

const refused = [
  `${site}/a\r\nBcc: mallory@evil.test`,
  `${site}/a\nBcc: mallory@evil.test\n\n<p>Hello</p>`,
  `${site}/a\rX-Ticket: mine`,
  `${site}/a%0d%0aBcc: mallory@evil.test`,
  `${site}/a\u0085Bcc: mallory@evil.test`,
  `${site}/a\u2028Bcc: mallory@evil.test\u2029`,
  `${site}/a\u0000\u000b\u000cBcc: mallory@evil.test`,
  `myapp://a\r\nBcc: mallory@evil.test`,
  `${site}/half-\ud83e`,
  `${site}/gr\u00fc\u00dfe \ud83e\udda6`,
]

/** Odd, and right as addresses. */
const sent = [`${site}/=?utf-8?Q?=0D=0ABcc:_mallory@evil.test?=`, `${site}/gr%C3%BC%C3%9Fe?x="y"&z=<w>#'v'`]

const known = [
  'auto-submitted',
  'content-language',
  'content-type',
  'date',
  'from',
  'message-id',
  'mime-version',
  'subject',
  'to',
  'x-auto-response-suppress',
  'x-email-template',
  'x-link',
  'x-redirect-to',
  'x-request-id',
  'x-ticket',
]

const asked = (email: string, redirectTo: string) =>
  raw(world, '/signin/passwordless/email', { json: { email, options: { redirectTo } } })

describe('S116 a place to return to begins no header of a mail', () => {
  it.each(refused)('%j is none', async (redirectTo) => {
    expect((await asked(anAddress(), redirectTo)).status).toBe(400)
  })

  it.each(sent)('%j', async (redirectTo) => {
    const email = anAddress()
    expect((await asked(email, redirectTo)).status).toBe(200)
    const mail = await mails.waitFor(email)
    expect(mail.to).toEqual([email])
    expect([...mail.fields].sort()).toEqual(known)
    expect(mail.headers.get('x-ticket')).toMatch(/^passwordlessEmail:[\w-]+$/)
    expect(mail.headers.get('x-redirect-to')).toMatch(/^[\x20-\x7e]+$/)
    const head = mail.raw.slice(0, mail.raw.indexOf('\r\n\r\n'))
    for (const line of head.split('\r\n')) expect(line).toMatch(/^[\t\x20-\x7e]{1,998}$/)
  })

  it('nor does one that is longer than a line keep a mail from leaving', async () => {
    const email = anAddress()
    const redirectTo = `${site}/${'a'.repeat(1_500)}`
    await asked(email, redirectTo)
    const { fields, headers, text } = await mails.waitFor(email)
    expect(fields.filter((name) => name === 'x-link' || name === 'x-redirect-to')).toEqual([])
    expect(headers.get('x-ticket')).toMatch(/^passwordlessEmail:/)
    expect(text.length).toBeGreaterThan(1_500)
  })

  it('values are escaped where they are written, whoever lets them pass', () => {
    expect(headerFields({ 'X-Link': 'a\r\nBcc: x', 'X-Redirect-To': 'ü\u0000', 'X-Empty': '' })).toEqual({
      'X-Link': 'a%0D%0ABcc: x',
      'X-Redirect-To': '%C3%BC%00',
      'X-Empty': '',
    })
    expect(headerFields({ 'X-A\r\nBcc': 'x', Bcc: 'x', 'X-': 'x', 'X-Long': 'a'.repeat(991) })).toEqual({})
  })
})
