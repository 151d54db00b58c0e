import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { User } from '#src/core/users/user.ts'
import { startWorld, type World } from '../world/world.ts'
import { type ClientDoor, clientDoorNames, clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, goodPassword } from './tools/people.ts'
import { objectIn, type Reply, send } from './tools/reply.ts'

const site = 'https://app.good.test'
let world: World
beforeAll(async () => {
  world = await startWorld({
    config: {
      siteUrl: site,
      redirectUrls: ['https://good.test/back', 'https://*.apps.good.test/cb', 'myapp://callback'],
    },
  })
})
afterAll(() => world.close())

async function someone(door: ClientDoor) {
  const member = await aMember(world, doorsOf(world).native)
  return { ...member, token: door.tokenOf(await door.signIn(member.email, member.password)) ?? '' }
}

const past = '2001-01-01T00:00:00Z'
const chosenId = '01999999-9999-7999-8999-999999999999'
/** What nobody may say about themselves, in the spelling of any dialect. */
const forbidden: Readonly<Record<string, unknown>> = {
  ...{ id: chosenId, _id: chosenId, userId: chosenId, sub: chosenId, providerUserId: 'x', provider: 'google' },
  ...{ role: 'service_role', roles: ['admin'], allowedRoles: ['admin'], defaultRole: 'admin', aud: 'admins' },
  ...{ app_metadata: { plan: 'gold' }, appMetadata: { plan: 'gold' }, raw_app_meta_data: { plan: 'gold' } },
  ...{ isAnonymous: true, is_anonymous: true, is_super_admin: true, isSso: true, aal: 'aal2', amr: ['otp'] },
  ...{
    emailVerified: true,
    email_verified: true,
    emailConfirmedAt: past,
    email_confirmed_at: past,
    email_confirm: true,
  },
  ...{ phoneVerified: true, phoneNumberVerified: true, phone: '+12025550123', phoneNumber: '+12025550123' },
  ...{
    disabled: false,
    bannedUntil: past,
    createdAt: past,
    signUpAt: past,
    lastLoginAt: past,
    passwordHash: '$2a$10$x',
  },
  ...{ identities: [{ provider: 'google' }], factors: [], activeMfaType: 'totp', session: { token: 'x' }, errors: [] },
}

/** What matters of an account. */
function matter(user: User | undefined) {
  if (user === undefined) throw new Error('nobody')
  const { roles, defaultRole, appMetadata, isAnonymous, emailConfirmedAt, phone, factors, bannedUntil } = user
  const providers = user.identities.map(({ provider }) => provider)
  return { roles, defaultRole, appMetadata, isAnonymous, emailConfirmedAt, phone, factors, bannedUntil, providers }
}

describe.each(clientDoorNames)('fields through %s', (name) => {
  let door: ClientDoor
  beforeAll(() => {
    door = clientDoorsOf(world)[name]
  })
  const places = (field: string, value: unknown, email: string): readonly object[] => {
    const body = { email, password: goodPassword }
    const key = name === 'nhost' ? 'options' : 'nameOrUserData'
    return [
      { ...body, [field]: value },
      { ...body, [key]: { [field]: value } },
      { ...body, [key]: { metadata: { [field]: value } } },
    ]
  }
  const path = () => (name === 'nhost' ? '/signup/email-password' : '/signup-email')

  it('S98 nobody says of themselves what the server decides, at sign-up', async () => {
    const plainEmail = aFreshAddress('plain')
    await door.call(path(), { body: { email: plainEmail, password: goodPassword } })
    const plain = matter(await world.core.users.findByAddress({ email: plainEmail }))
    for (const [field, value] of Object.entries(forbidden))
      for (const [at] of places(field, value, '').entries()) {
        const email = aFreshAddress('greedy')
        const reply = await door.call(path(), { body: places(field, value, email)[at] })
        expect(reply.status, `${field} ${reply.text}`).toBeLessThan(500)
        const user = await world.core.users.findByAddress({ email })
        if (reply.status >= 400) expect(user, `${field} ${reply.text}`).toBeUndefined()
        else expect(matter(user), `${field} in ${at}`).toEqual(plain)
        expect(user?.id).not.toBe(chosenId)
      }
  })

  it('S98 S99 nor afterwards, in what an app keeps of them', async () => {
    if (name === 'nhost') {
      const guest = await door.call('/signin/anonymous', { body: {} })
      const token = door.tokenOf(guest)
      for (const [field, value] of Object.entries(forbidden)) {
        const reply = await door.call('/user/deanonymize', {
          token,
          body: { signInMethod: 'passwordless', email: aFreshAddress('greedy'), options: { [field]: value } },
        })
        expect(reply.status, `${field} ${reply.text}`).toBeGreaterThanOrEqual(400)
      }
      const user = await world.core.users.find(String(objectIn(objectIn(guest.body, 'session'), 'user')['id']))
      expect([user?.isAnonymous, user?.email, user?.roles]).toEqual([true, null, user?.roles])
      return
    }
    const me = await someone(door)
    const before = matter(await world.core.users.find(me.id))
    const shown = (await door.me(me.token)).body
    const reply = await send(`${world.url}/_api/rest/v1/db/object/update`, {
      headers: { session: me.token, 'x-client-key': world.publishableKey },
      body: { model: 'users', id: me.id, values: forbidden },
    })
    expect(reply.status, reply.text).toBe(200)
    const user = await world.core.users.find(me.id)
    expect(matter(user)).toEqual(before)
    expect(user?.email).toBe(me.email)
    const now = (await door.me(me.token)).body
    for (const field of [
      '_id',
      'provider',
      'providerUserId',
      'email',
      'emailVerified',
      'signUpAt',
      'phone',
      'phoneVerified',
    ])
      expect(now[field], field).toEqual(shown[field])
  })

  it('S99 keys named like a prototype are refused or plain words', async () => {
    for (const key of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
      const email = aFreshAddress('proto')
      const inner = `{"${key}":{"polluted":"yes","isAdmin":true}}`
      const about = name === 'nhost' ? `{"metadata":${inner}}` : inner
      const field = name === 'nhost' ? 'options' : 'nameOrUserData'
      const reply = await door.call(path(), {
        body: `{"email":"${email}","password":"${goodPassword}","${field}":${about}}`,
        headers: { 'content-type': 'application/json' },
      })
      expect(reply.status, `${key} ${reply.text}`).toBeLessThan(500)
      const polluted = await door.call(path(), {
        body: `{"__proto__":{"email":"${aFreshAddress('x')}"},"password":"${goodPassword}"}`,
        headers: { 'content-type': 'application/json' },
      })
      expect(polluted.status).toBe(400)
      expect(({} as { polluted?: string }).polluted).toBeUndefined()
      expect(({} as { isAdmin?: string }).isAdmin).toBeUndefined()
    }
  })

  it('S100 what is too large, too deep or not text is refused', async () => {
    const deep = Array.from({ length: 40 }).reduce<unknown>((inner) => ({ a: inner }), 1)
    const wide = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`k${index}`, 1]))
    for (const said of [
      { a: 'x'.repeat(66_000) },
      { a: deep },
      wide,
      { a: '\u0000' },
      { a: '\ud800' },
      { '\u0000': 1 },
    ]) {
      const email = aFreshAddress('large')
      const reply = await door.signUp({
        email,
        password: goodPassword,
        about: name === 'nhost' ? { metadata: said } : said,
      })
      expect([400, 413], `${JSON.stringify(said).slice(0, 40)} ${reply.text.slice(0, 200)}`).toContain(reply.status)
      expect(await world.core.users.findByAddress({ email })).toBeUndefined()
    }
    if (name === 'nhost') return
    const me = await someone(door)
    for (const values of [{ a: 'x'.repeat(66_000) }, { a: deep }, { a: '\u0000' }]) {
      const reply = await send(`${world.url}/_api/rest/v1/db/object/update`, {
        headers: { session: me.token, 'x-client-key': world.publishableKey },
        body: { model: 'users', id: me.id, values },
      })
      expect([400, 413], reply.text.slice(0, 200)).toContain(reply.status)
    }
  })

  it('S15 S116 an address is one address, in every form', async () => {
    await world.watchword.deliverer.drain()
    await world.inbox.clear()
    for (const bad of [
      'a@x.test,b@y.test',
      ['a@x.test', 'b@y.test'],
      { $ne: '' },
      'a@x.test\r\nBcc: b@y.test',
      'a@x.test\u0000',
      '<a@x.test>',
      'a@[127.0.0.1]',
      'a@x',
      `${'a'.repeat(300)}@x.test`,
      '"a@evil.test x"@good.test',
      7,
      null,
    ]) {
      const replies: Reply[] = [await door.signUp({ email: bad, password: goodPassword }), await door.signIn(bad, 'x')]
      if (typeof bad === 'string')
        replies.push(await door.sendLink(bad), await door.recover(bad), await door.resend(bad))
      for (const reply of replies) expect([400, 401], `${String(bad)} ${reply.text}`).toContain(reply.status)
      for (const reply of replies.slice(2)) expect(reply.status, `${String(bad)} ${reply.text}`).toBe(400)
    }
    await world.watchword.deliverer.drain()
    expect(await world.inbox.list()).toEqual([])
  })

  it('S16 what normalises to a stored address reaches it, and mail goes to the stored bytes', async () => {
    const me = await someone(door)
    const [local = '', domain = ''] = me.email.split('@')
    for (const form of [`${local.toUpperCase()}@${domain}`, `${local}＠${domain}`, `${local}@EXAMPLE.ｔest`]) {
      await world.inbox.clear()
      world.clock.move(61)
      await door.recover(form)
      expect((await world.inbox.waitFor(me.email, 'recovery')).to).toBe(me.email)
    }
    await world.watchword.deliverer.drain()
    await world.inbox.clear()
    world.clock.move(61)
    for (const form of [
      `${local}\u200d@${domain}`,
      `${local.replace('m', 'м')}@${domain}`,
      `${local}@examp\u0142e.test`,
    ])
      await door.recover(form)
    await world.watchword.deliverer.drain()
    expect((await world.inbox.list(me.email)).filter(({ template }) => template === 'recovery')).toEqual([])
  })

  it('S27 no header chooses where a link leads', async () => {
    const evil = [
      { 'x-forwarded-host': 'evil.test' },
      { 'x-forwarded-proto': 'http', 'x-forwarded-host': 'evil.test', 'x-forwarded-prefix': '/evil' },
      { forwarded: 'host=evil.test;proto=http' },
      { 'x-original-host': 'evil.test', 'x-host': 'evil.test' },
      { referer: 'https://evil.test/x', origin: 'https://evil.test' },
    ]
    for (const headers of evil) {
      const me = await someone(door)
      const begun = await door.recover(me.email, { headers })
      if (begun.status >= 400) continue
      const mail = await world.inbox.waitFor(me.email, 'recovery')
      expect(new URL(mail.link ?? '').origin).toBe(world.config.settings.publicUrl)
      expect(mail.text + mail.html).not.toContain('evil.test')
    }
  })

  it('S29 what people write about themselves is inert in mail', async () => {
    for (const text of [
      '<a href=//evil.test>x</a>',
      'Win https://evil.test',
      '{{constructor}}',
      ['$', '{7*7}'].join(''),
      'a\r\nBcc: x@y.test',
    ]) {
      const email = aFreshAddress('named')
      const about =
        name === 'nhost'
          ? { metadata: { firstName: text, name: text }, displayName: text.slice(0, 32) }
          : { name: text, bio: text }
      const reply = await door.signUp({ email, password: goodPassword, about })
      if (reply.status === 400) {
        await door.signUp({ email, password: goodPassword, about: { metadata: { name: text } } })
      }
      const mail = await world.inbox.waitFor(email)
      expect(mail.html).not.toMatch(/<a href=\/\/evil|href="https?:\/\/evil/)
      expect(mail.subject + mail.text + mail.html).not.toMatch(/evil\.test|\b49\b|\nBcc:/)
      expect(mail.to).toBe(email)
    }
  })
})

/** Places that look like a listed one and are none. */
const traps: readonly string[] = [
  ...['//evil.test', '/\\evil.test', '\\\\evil.test', 'https:evil.test', 'https://good.test@evil.test'],
  ...['https://good.test.evil.test/back', 'https://evilgood.test/back', 'https://good.test\\@evil.test/back'],
  ...['https://evil.test#https://good.test/back', 'https://evil.test/x.apps.good.test/cb', 'javascript:alert(1)'],
  ...['https://evil.test%2f.apps.good.test/cb', 'data:text/html,x', 'https://good.te\tst/x', ' https://evil.test'],
  ...['https://good.test:8443/back', 'http://good.test/back', 'https://good.test/BACK', 'https://good.test/back/../x'],
  ...['myapp://callback.evil.test', 'myapp:callback', 'https://user:pass@good.test/back', 'https://ｅvil.test/back'],
]

/** The browser ends at the site, or stays where it is: what is no address leads nowhere. */
function expectAtSite({ status, headers, text }: Reply, trap: string): void {
  const place = headers.get('location')
  if (place === null) expect(status, `${trap} ${text}`).toBe(400)
  else expect(new URL(place).origin, trap).toBe(site)
}

describe('places to return to, through nhost', () => {
  it('S69 are listed ones, whoever asks and however', async () => {
    const { nhost } = clientDoorsOf(world)
    const me = await someone(nhost)
    for (const trap of traps) {
      const options = { redirectTo: trap }
      const asks: readonly Promise<Reply>[] = [
        nhost.call('/user/password/reset', { body: { email: me.email, options } }),
        nhost.call('/signin/passwordless/email', { body: { email: me.email, options } }),
        nhost.call('/user/email/send-verification-email', { body: { email: me.email, options } }),
        nhost.call('/signup/email-password', { body: { email: aFreshAddress('x'), password: goodPassword, options } }),
        nhost.call('/user/email/change', { token: me.token, body: { newEmail: aFreshAddress('x'), options } }),
        nhost.call('/signup/webauthn', { body: { email: aFreshAddress('x'), options } }),
      ]
      for (const reply of await Promise.all(asks)) expect(reply.status, `${trap} ${reply.text}`).toBe(400)
      const query = new URLSearchParams({ redirectTo: trap })
      const left = await send(`${world.config.settings.publicUrl}/nhost/v1/signin/provider/github?${query}`, {
        method: 'GET',
      })
      expect(left.headers.get('location') ?? site, trap).toMatch(/^https:\/\/app\.good\.test/)
      const opened = await nhost.call(`/verify?${query}&type=passwordReset&ticket=passwordReset:x`, { method: 'GET' })
      expectAtSite(opened, trap)
      const clicked = await send(`${nhost.base}/verify/confirm`, {
        headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin' },
        body: `${query}&type=passwordReset&ticket=passwordReset:x`,
      })
      expectAtSite(clicked, trap)
    }
    await world.watchword.deliverer.drain()
    expect((await world.inbox.list(me.email)).filter(({ template }) => template !== 'sign_up')).toEqual([])
  })
})
