import { createClient } from 'altogic'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type SocialWorld, startSocial } from '../../world/social.ts'
import { createTraveller } from '../../world/traveller.ts'
import { startWorld } from '../../world/world.ts'
import type { Body } from '../native/native-world.ts'
import {
  altogicClient,
  aNumber,
  anAddress,
  appUrl,
  aSignedIn,
  followMail,
  goodPassword,
  memoryStorage,
  refusedWith,
  worked,
} from './clients.ts'

// What the documentation of Altogic's client shows, down to the fields of its examples.
const site = 'http://localhost:3000'
const next = 'seven quiet otters'
let world: SocialWorld
beforeAll(async () => {
  world = await startSocial({
    siteUrl: site,
    dialects: { altogic: { redirectUrl: appUrl } },
    phone: { enabled: true, countries: ['US'] },
  })
})
afterAll(() => world.close())

/** Somebody whose account is Google's, and their client. */
async function fromGoogle() {
  const email = anAddress('there')
  const said = { sub: `sub-${email}`, email, email_verified: true, name: 'Ada There', picture: 'https://p.test/a' }
  world.openId.person = said
  const { url } = await createTraveller().go(`${world.origin}/_auth/google`, appUrl)
  const { auth } = altogicClient(world)
  const { user } = worked(await auth.getAuthGrant(url.searchParams.get('access_token') ?? ''))
  return { auth, email, user: user as Body, said }
}

/** The one item of a refusal. */
const itemOf = ({ errors }: { errors: unknown }): Body => (errors as Body).items[0]

describe('a user', () => {
  it('of a provider has the fields of any other, and none that the provider names in its own way', async () => {
    const { auth, email, user, said } = await fromGoogle()
    expect(user).toEqual({
      _id: expect.any(String),
      provider: 'google',
      providerUserId: said.sub,
      email,
      emailVerified: true,
      name: said.name,
      profilePicture: said.picture,
      signUpAt: expect.stringMatching(/Z$/),
      lastLoginAt: expect.stringMatching(/Z$/),
    })
    expect(Object.keys(worked(await auth.getUserFromDB()).user ?? {}).sort()).toEqual(Object.keys(user).sort())
  })

  it('of a provider keeps what the app writes beside it, whatever the provider calls so', async () => {
    const { auth, user } = await fromGoogle()
    const client = createClient(world.url, world.publishableKey, { localStorage: memoryStorage() as never })
    client.auth.setSession(auth.getSession() as never)
    const record = client.db.model('users').object(user['_id']) as unknown as Body
    const written = { picture: 'https://img.test/mine', city: 'Berlin', iss: 'me' }
    expect(worked(await record.update(written)).data).toMatchObject(written)
    expect(worked(await auth.getUserFromDB()).user).toMatchObject(written)
  })
})

describe('what is said of a user at the sign-up', () => {
  it('is kept and shown, with a picture of whatever place', async () => {
    for (const profilePicture of ['https://img.test/a.png', 'http://localhost:9000/a.png', '/img/a.png']) {
      const said = { name: 'Luke', surname: 'Skywalker', title: 'Jedi', tags: ['a', 1, null], profilePicture }
      const email = anAddress()
      const { auth } = altogicClient(world)
      expect(worked(await auth.signUpWithEmail(email, goodPassword, said)).user).toMatchObject(said)
      const place = await followMail(world, email)
      const { user } = worked(await auth.getAuthGrant(place.searchParams.get('access_token') ?? ''))
      expect(user).toMatchObject(said)
    }
  })

  it('may be nothing, and is refused where a name or a picture is no text', async () => {
    const { auth } = altogicClient(world)
    const none = worked(await auth.signUpWithEmail(anAddress(), goodPassword, { name: null, profilePicture: '' }))
    expect(Object.keys(none.user ?? {})).not.toEqual(expect.arrayContaining(['name']))
    expect(none.user).not.toHaveProperty('profilePicture')
    for (const [field, value] of [
      ['name', 7],
      ['name', { first: 'Luke' }],
      ['profilePicture', ['https://img.test/a.png']],
    ] as const) {
      const answer = await auth.signUpWithEmail(anAddress(), goodPassword, { [field]: value })
      expect(refusedWith(answer)).toEqual([400, 'validation_error'])
      expect(itemOf(answer).details).toMatchObject({ fields: [{ path: field }] })
    }
  })

  it('S12 is shown alike where a taken address is not told', async () => {
    const email = anAddress()
    const hiding = await startWorld({ config: { siteUrl: site, dialects: { altogic: { tellsTaken: false } } } })
    try {
      const said = { name: '', profilePicture: 'https://img.test/a.png', city: 'Berlin' }
      const shown = async () => {
        const { user } = worked(await altogicClient(hiding).auth.signUpWithEmail(email, goodPassword, said))
        const { _id, providerUserId, signUpAt, lastLoginAt, ...rest } = user as Body
        expect([_id, signUpAt]).toEqual([providerUserId, lastLoginAt])
        return rest
      }
      const first = await shown()
      expect(first).toEqual({
        ...{ provider: 'altogic', email, emailVerified: false, city: 'Berlin' },
        profilePicture: said.profilePicture,
      })
      expect(await shown()).toEqual(first)
    } finally {
      await hiding.close()
    }
  })
})

describe('an account of a provider', () => {
  it('has no password to change, nor one to change addresses with, and whoever is signed in to it is told', async () => {
    const { auth } = await fromGoogle()
    const told = [401, 'invalid_provider']
    expect(refusedWith(await auth.changePassword(next, goodPassword))).toEqual(told)
    expect(refusedWith(await auth.changeEmail(goodPassword, anAddress('next')))).toEqual(told)
    expect(refusedWith(await auth.changePhone(goodPassword, aNumber()))).toEqual(told)
  })

  it('S10 is told to nobody else', async () => {
    const { email } = await fromGoogle()
    expect(refusedWith(await altogicClient(world).auth.signInWithEmail(email, goodPassword))).toEqual([
      401,
      'invalid_credentials',
    ])
  })

  it('has one like any other once it was set by a reset', async () => {
    const { auth, email } = await fromGoogle()
    worked(await auth.sendResetPwdEmail(email))
    const place = await followMail(world, email, 'recovery')
    worked(await auth.resetPwdWithToken(place.searchParams.get('access_token') ?? '', next))
    worked(await auth.signInWithEmail(email, next))
    expect(refusedWith(await auth.changePassword(goodPassword, 'wrong otters here'))).toEqual([
      401,
      'invalid_credentials',
    ])
    worked(await auth.changePassword(goodPassword, next))
  })
})

describe('the details of a refusal', () => {
  const named = (path: string) => ({ fields: [{ path, rule: expect.stringMatching(/\S/) }] })

  it('name the address or number that is none, wherever it stood', async () => {
    const { client } = await aSignedIn(world)
    const { auth } = client
    for (const [answer, path] of [
      [await auth.signUpWithEmail('nobody', goodPassword), 'email'],
      [await auth.signInWithEmail('nobody', goodPassword), 'email'],
      [await auth.changeEmail(goodPassword, 'nobody'), 'newEmail'],
      [await auth.sendMagicLinkEmail('nobody'), 'email'],
      [await auth.sendResetPwdEmail(''), 'email'],
      [await auth.resendVerificationEmail('nobody'), 'email'],
      [await auth.signUpWithPhone('5551212', goodPassword), 'phone'],
      [await auth.signInWithPhone('5551212', goodPassword), 'phone'],
      [await auth.changePhone(goodPassword, '5551212'), 'newPhone'],
      [await auth.sendSignInCode('nobody'), 'phone'],
      [await auth.verifyPhone('nobody', '123456'), 'phone'],
    ] as const) {
      expect(itemOf(answer).code).toBe('validation_error')
      expect([path, itemOf(answer).details]).toEqual([path, expect.objectContaining(named(path))])
    }
  })

  it('name the password that is refused, and what is wrong with it, and never itself', async () => {
    const { client, email } = await aSignedIn(world)
    const { auth } = client
    worked(await auth.sendResetPwdEmail(email))
    const token = (await followMail(world, email, 'recovery')).searchParams.get('access_token') ?? ''
    const long = 'otters and '.repeat(60)
    for (const [answer, path] of [
      [await auth.signUpWithEmail(anAddress(), 'tiny77'), 'password'],
      [await auth.signUpWithPhone(aNumber(), 'tiny77'), 'password'],
      [await auth.signUpWithEmail(anAddress(), long), 'password'],
      [await auth.changePassword('tiny77', goodPassword), 'newPassword'],
      [await auth.changePassword(long, goodPassword), 'newPassword'],
      [await auth.changePassword(goodPassword, goodPassword), 'newPassword'],
      [await auth.resetPwdWithToken(token, 'tiny77'), 'newPassword'],
    ] as const) {
      expect(itemOf(answer).code).toBe('validation_error')
      expect([path, itemOf(answer).details]).toEqual([path, expect.objectContaining(named(path))])
      expect(JSON.stringify(answer.errors)).not.toMatch(/tiny77|otters and/)
    }
    expect(itemOf(await auth.changePassword('tiny77', goodPassword)).details).toMatchObject({ reasons: ['length'] })
  })

  it('name the address or number that is taken', async () => {
    const { auth } = altogicClient(world)
    const [email, phone] = [anAddress(), aNumber()]
    worked(await auth.signUpWithEmail(email, goodPassword))
    worked(await auth.signUpWithPhone(phone, goodPassword))
    expect(itemOf(await auth.signUpWithEmail(email.toUpperCase(), next)).details).toEqual({
      param: 'email',
      value: email,
    })
    expect(itemOf(await auth.signUpWithPhone(phone, next)).details).toEqual({ param: 'phone', value: phone })
  })
})

describe('whoever is gone', () => {
  it('is told as such by what was sent before, and nobody’s storage is emptied for it', async () => {
    const [{ email, user }, other] = [await aSignedIn(world), await aSignedIn(world)]
    const { auth } = other.client
    worked(await auth.sendMagicLinkEmail(email))
    const token = (await followMail(world, email, 'sign_in')).searchParams.get('access_token') ?? ''
    world.clock.move(61)
    worked(await auth.sendResetPwdEmail(email))
    await world.core.users.update(user._id, { deletedAt: new Date() })
    expect(refusedWith(await auth.getAuthGrant(token))).toEqual([404, 'user_not_found'])
    const { searchParams } = await followMail(world, email, 'recovery')
    expect(Object.fromEntries(searchParams)).toEqual({
      status: '404',
      action: 'reset-pwd',
      code: 'user_not_found',
      error: expect.any(String),
    })
    expect(refusedWith(await auth.signInWithEmail(email, goodPassword))).toEqual([401, 'invalid_credentials'])
    expect(auth.getSession()?.token).toBe(other.session.token)
  })
})

describe('a mail', () => {
  it('has a link, and no code, for which the client has no method', async () => {
    const { client, email } = await aSignedIn(world)
    const [waiting, next] = [anAddress(), anAddress('next')]
    worked(await client.auth.sendMagicLinkEmail(email))
    worked(await client.auth.sendResetPwdEmail(email))
    worked(await client.auth.changeEmail(goodPassword, next))
    worked(await altogicClient(world).auth.signUpWithEmail(waiting, goodPassword))
    for (const [to, template] of [
      [email, 'sign_in'],
      [email, 'recovery'],
      [next, 'email_change'],
      [email, 'email_change_current'],
      [waiting, 'sign_up'],
    ] as const) {
      const { link, code, text } = await world.inbox.waitFor(to, template)
      expect([template, link, code]).toEqual([template, expect.stringContaining('/auth/verify?key='), null])
      expect(text).not.toMatch(/\bcode\b/i)
    }
  })
})

describe('the code of a text message', () => {
  it('may come with the blanks that were copied with it', async () => {
    const phone = aNumber()
    const { auth } = altogicClient(world)
    worked(await auth.signUpWithPhone(phone, goodPassword))
    const { code } = await world.inbox.waitFor(phone)
    expect(refusedWith(await auth.verifyPhone(phone, '   '))).toEqual([400, 'missing_sms_code'])
    worked(await auth.verifyPhone(phone, ` ${code} `))
  })
})

describe('a session', () => {
  const system = async (userAgent: string): Promise<Body> => {
    const { email } = await aSignedIn(world)
    const response = await fetch(`${world.url}/_api/rest/v1/auth/signin-email`, {
      method: 'POST',
      headers: {
        'x-client-key': world.publishableKey,
        'content-type': 'application/json',
        'user-agent': `Mozilla/5.0 (${userAgent}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.4844.51 Safari/537.36`,
      },
      body: JSON.stringify({ email, password: goodPassword }),
    })
    return ((await response.json()) as Body).session.userAgent.os
  }

  it.each([
    ['Macintosh; Intel Mac OS X 10_15_7', { family: 'Mac OS X', major: '10', minor: '15', patch: '7' }],
    ['Windows NT 10.0; Win64; x64', { family: 'Windows', major: '10', minor: '0', patch: '0' }],
    ['Windows NT 6.1; Win64; x64', { family: 'Windows', major: '7', minor: '0', patch: '0' }],
    ['Linux; Android 13; Pixel 7', { family: 'Android', major: '13', minor: '0', patch: '0' }],
    ['X11; Linux x86_64', { family: 'Linux', major: '0', minor: '0', patch: '0' }],
  ])('names the system of %s', async (userAgent, os) => {
    expect(await system(userAgent)).toEqual(os)
  })
})

describe('what an authentication server does not have', () => {
  it('is told in the form of every other error, and leaves the session alone', async () => {
    const { session } = await aSignedIn(world)
    const storage = memoryStorage()
    const client: Body = createClient(world.url, world.publishableKey, { localStorage: storage as never })
    client.auth.setSession(session)
    for (const answer of [
      await client.storage.getStats(),
      await client.storage.listBuckets(),
      await client.cache.get('x'),
      await client.cache.delete('x'),
      await client.cache.set('x', 1),
      await client.queue.getMessageStatus('x'),
      await client.task.getTaskStatus('x'),
      await client.db.model('orders').get(),
      await client.db.getStats(),
    ])
      expect([refusedWith(answer), itemOf(answer).origin]).toEqual([[404, 'resource_not_found'], 'client_error'])
    expect(storage.held.get('session')).toContain(session.token)
  })

  it('can be asked for from a listed page, behind an environment too', async () => {
    for (const base of ['', '/e:62ab0123'])
      for (const [method, path] of [
        ['GET', '/storage/stats'],
        ['POST', '/queue/submit'],
        ['DELETE', '/cache'],
        ['DELETE', '/auth/nothing'],
      ] as const) {
        const place = `${world.url}${base}/_api/rest/v1${path}`
        const headers = { origin: site, 'access-control-request-method': method }
        const preflight = await fetch(place, { method: 'OPTIONS', headers })
        expect([place, preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([
          place,
          204,
          site,
        ])
        const response = await fetch(place, { method, headers: { origin: site } })
        expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([404, site])
      }
  })
})
