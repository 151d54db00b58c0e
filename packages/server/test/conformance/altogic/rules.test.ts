import { readFile } from 'node:fs/promises'
import { request } from 'node:http'
import { join } from 'node:path'
import { createClient } from 'altogic'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ConfigInput } from '#src/config/schema.ts'
import { altogicMounts } from '#src/dialects/altogic/mount.ts'
import { startWorld, type World } from '../../world/world.ts'
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

// The rules of Altogic's wire, each with its test. The numbers are those of its contract: 1 to 20 its list of rules, §2.1 and
// the like what its sections say besides. What has its test elsewhere is in the list at the end, by its name there.
const site = 'http://localhost:3000'
const next = 'seven quiet otters'
const phone = { enabled: true, countries: ['US'] }
let world: World
let open: World
beforeAll(async () => {
  const common = { siteUrl: site, phone }
  world = await startWorld({ config: { ...common, dialects: { altogic: { redirectUrl: appUrl } } } })
  open = await startWorld({
    config: {
      ...common,
      signUp: { emailConfirmation: false, phoneConfirmation: false },
      dialects: { altogic: { redirectUrl: 'myapp://auth?from=mail', trustsVerified: true } },
    },
  })
})
afterAll(async () => {
  await world.close()
  await open.close()
})

/** A server for one test. */
async function withWorld(config: ConfigInput, work: (other: World) => Promise<void>): Promise<void> {
  const other = await startWorld({ config: { siteUrl: site, ...config } })
  try {
    await work(other)
  } finally {
    await other.close()
  }
}

interface Raw extends RequestInit {
  readonly json?: object
  readonly at?: World
}
/** A request to the dialect without its client. */
function raw(path: string, { json, at = world, ...init }: Raw = {}): Promise<Response> {
  return fetch(`${at.url}/_api/rest/v1/auth${path}`, {
    redirect: 'manual',
    ...(json === undefined ? {} : { method: 'POST', body: JSON.stringify(json) }),
    ...init,
    headers: {
      'x-client-key': at.publishableKey,
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...init.headers,
    },
  })
}
async function told(answer: Promise<Response>): Promise<[number, string]> {
  const response = await answer
  return [response.status, ((await response.json()) as Body).errors[0].code]
}

const codeTo = async (to: string, at = world) => (await at.inbox.waitFor(to)).code ?? ''
/** Somebody with a proved number, and their client. */
async function withNumber(at = world) {
  const number = aNumber()
  const { auth } = altogicClient(at)
  worked(await auth.signUpWithPhone(number, goodPassword))
  worked(await auth.verifyPhone(number, await codeTo(number, at)))
  await at.inbox.clear()
  return { auth, phone: number }
}

describe('signing up', () => {
  it('1: with confirmation answers a user without a session, and there is none until the link is followed', async () => {
    const email = anAddress()
    const { auth } = altogicClient(world)
    const { user, session } = worked(await auth.signUpWithEmail(email, goodPassword))
    expect([session, await world.core.sessions.count(user?._id ?? '')]).toEqual([null, 0])
    const place = await followMail(world, email)
    expect(await world.core.sessions.count(user?._id ?? '')).toBe(0)
    worked(await auth.getAuthGrant(place.searchParams.get('access_token') ?? ''))
    expect(await world.core.sessions.count(user?._id ?? '')).toBe(1)
  })

  it('2: without confirmation answers both, by phone as well', async () => {
    const { auth } = altogicClient(open)
    const answer = worked(await auth.signUpWithPhone(aNumber(), goodPassword, 'Ada'))
    expect([answer.user?.name, answer.session?.token]).toEqual(['Ada', auth.getSession()?.token])
    expect(answer.user?.lastLoginAt).toBe((answer.user as Body).signUpAt)
  })

  it('3: skips confirmation for a number that says it is verified, where that is trusted', async () => {
    await withWorld({ phone, dialects: { altogic: { trustsVerified: true } } }, async (trusting) => {
      const said = { phoneVerified: true, name: 'Ada' }
      const { user, session } = worked(
        await altogicClient(trusting).auth.signUpWithPhone(aNumber(), goodPassword, said),
      )
      expect([user?.phoneVerified, user?.name, typeof session?.token]).toEqual([true, 'Ada', 'string'])
      // The word for the other channel says nothing about this one.
      const odd = await altogicClient(trusting).auth.signUpWithPhone(aNumber(), goodPassword, { emailVerified: true })
      expect(worked(odd).session).toBeNull()
    })
  })

  it('4: twice with one address or number fails where nothing is confirmed, too', async () => {
    const [email, number] = [anAddress(), aNumber()]
    worked(await altogicClient(open).auth.signUpWithEmail(email, goodPassword))
    worked(await altogicClient(open).auth.signUpWithPhone(number, goodPassword))
    const again = altogicClient(open).auth
    expect(refusedWith(await again.signUpWithEmail(email, next))).toEqual([400, 'email_not_unique'])
    expect(refusedWith(await again.signUpWithPhone(number, next))).toEqual([400, 'phone_not_unique'])
    const { errors } = await again.signUpWithEmail(email.toUpperCase(), next)
    expect((errors as Body).items[0].details).toEqual({ param: 'email', value: email })
  })

  it('5: and every other way to a password refuses a short one', async () => {
    const { client, email } = await aSignedIn(world)
    const person = { auth: client.auth, email }
    const someone = await withNumber()
    const tooShort = [400, 'validation_error']
    expect(refusedWith(await someone.auth.signUpWithPhone(aNumber(), 'short'))).toEqual(tooShort)
    expect(refusedWith(await someone.auth.signUpWithEmail(anAddress(), 'short'))).toEqual(tooShort)
    expect(refusedWith(await person.auth.changePassword('short', goodPassword))).toEqual(tooShort)
    worked(await someone.auth.sendResetPwdCode(someone.phone))
    const code = await codeTo(someone.phone)
    expect(refusedWith(await someone.auth.resetPwdWithCode(someone.phone, code, 'short'))).toEqual(tooShort)
    worked(await someone.auth.resetPwdWithCode(someone.phone, code, next))
    worked(await person.auth.sendResetPwdEmail(person.email))
    const token = (await followMail(world, person.email, 'recovery')).searchParams.get('access_token') ?? ''
    expect(refusedWith(await person.auth.resetPwdWithToken(token, 'short'))).toEqual(tooShort)
  })

  it('§6.1: what the server owns cannot be said of oneself', async () => {
    const email = anAddress()
    const owned = { _id: 'x', provider: 'google', providerUserId: '7', phone: '+12025550000', password: 'x' }
    const times = { signUpAt: '1999-01-01T00:00:00.000Z', lastLoginAt: '1999-01-01T00:00:00.000Z' }
    const said = { ...owned, ...times, email: 'other@example.test', emailVerified: true, city: 'Berlin' }
    const user = worked(await altogicClient(world).auth.signUpWithEmail(email, goodPassword, said)).user as Body
    expect(user).toMatchObject({
      email,
      emailVerified: false,
      provider: 'altogic',
      providerUserId: user._id,
      city: 'Berlin',
    })
    expect(Object.keys(user)).not.toEqual(expect.arrayContaining(['phone']))
    expect([user.password, user.signUpAt > times.signUpAt, user.lastLoginAt]).toEqual([undefined, true, user.signUpAt])
  })

  it('§15: takes the name where older and Dart clients put it', async () => {
    for (const name of ['Ada', { name: 'Ada', city: 'Berlin' }]) {
      const response = await raw('/signup-email', { json: { email: anAddress(), password: goodPassword, name } })
      expect(((await response.json()) as Body).user.name).toBe('Ada')
    }
  })
})

describe('whoever is not verified', () => {
  it('6: gets in by no way, nor to a new password', async () => {
    const number = aNumber()
    const { auth } = altogicClient(world)
    worked(await auth.signUpWithPhone(number, goodPassword))
    for (const answer of [
      await auth.signInWithPhone(number, goodPassword),
      await auth.sendSignInCode(number),
      await auth.sendResetPwdCode(number),
    ])
      expect(refusedWith(answer)).toEqual([401, 'phone_not_verified'])
    const code = await codeTo(number)
    expect(refusedWith(await auth.signInWithCode(number, code))).toEqual([403, 'invalid_access_token'])
    expect(refusedWith(await auth.resetPwdWithCode(number, code, next))).toEqual([403, 'invalid_access_token'])
    worked(await auth.verifyPhone(number, code))
  })

  it('8: is sent nothing where there is no confirmation; a code to sign in with is', async () => {
    const number = aNumber()
    const { auth } = altogicClient(open)
    worked(await auth.signUpWithPhone(number, goodPassword))
    const off = [401, 'phone_verification_disabled']
    expect(refusedWith(await auth.resendVerificationCode(number))).toEqual(off)
    expect(refusedWith(await auth.sendResetPwdCode(number))).toEqual(off)
    worked(await auth.sendSignInCode(number))
    expect(worked(await auth.signInWithCode(number, await codeTo(number, open))).session).not.toBeNull()
  })

  it('9: is the only one whom the mail is sent again', async () => {
    const { client, email } = await aSignedIn(world)
    expect(refusedWith(await client.auth.resendVerificationEmail(email))).toEqual([401, 'email_already_verified'])
  })
})

describe('redirects', () => {
  it('10: carry status and action, and a token where there is something to pick up; failures a reason and none', async () => {
    const email = anAddress()
    const { auth } = altogicClient(world)
    worked(await auth.signUpWithEmail(email, goodPassword))
    const confirmed = await followMail(world, email, 'sign_up')
    worked(await auth.getAuthGrant(confirmed.searchParams.get('access_token') ?? ''))
    worked(await auth.sendMagicLinkEmail(email))
    const magic = await followMail(world, email, 'sign_in')
    worked(await auth.sendResetPwdEmail(email))
    const reset = await followMail(world, email, 'recovery')
    const names = (place: URL) => [...place.searchParams.keys()].sort().join()
    const facts = [confirmed, magic, reset].map((place) => [place.searchParams.get('action'), names(place)])
    expect(facts).toEqual(
      ['email-confirm', 'magic-link', 'reset-pwd'].map((action) => [action, 'access_token,action,status']),
    )
    for (const action of ['email-confirm', 'magic-link', 'reset-pwd', 'change-email']) {
      const response = await raw(`/verify?key=nobodys&action=${action}`, { headers: { 'x-client-key': '' } })
      expect([response.status, response.headers.get('location')]).toEqual([
        302,
        `${appUrl}?status=400&action=${action}&code=invalid_access_token&error=Invalid+or+expired+access+token`,
      ])
    }
  })

  it('§7: may lead to an app by a scheme of its own, behind whatever query it has', async () => {
    const response = await raw('/verify?key=nobodys&action=magic-link', { at: open })
    expect(response.headers.get('location')).toMatch(/^myapp:\/\/auth\?from=mail&status=400&action=magic-link&code=/)
  })

  it('11: links, tokens and codes work once, for their time and for one thing', async () => {
    const { client, email } = await aSignedIn(world)
    const someone = await withNumber()
    const link = async (template: string) => (await world.inbox.waitFor(email, template)).link ?? ''
    const follow = async (place: string) => {
      const response = await fetch(place, { redirect: 'manual' })
      return new URL(response.headers.get('location') ?? '').searchParams
    }
    worked(await client.auth.sendMagicLinkEmail(email))
    const magic = await link('sign_in')
    // The same ticket under another name is a ticket for nothing.
    expect((await follow(magic.replace('magic-link', 'reset-pwd'))).get('status')).toBe('400')
    const token = (await follow(magic)).get('access_token') ?? ''
    expect((await follow(magic)).get('status')).toBe('400')
    expect(refusedWith(await client.auth.resetPwdWithToken(token, next))).toEqual([401, 'invalid_token_type'])
    worked(await someone.auth.sendSignInCode(someone.phone))
    const code = await codeTo(someone.phone)
    worked(await client.auth.sendResetPwdEmail(email))
    const recovery = await link('recovery')
    world.clock.move(601)
    const gone = [403, 'invalid_access_token']
    expect(refusedWith(await client.auth.getAuthGrant(token))).toEqual(gone)
    expect(refusedWith(await someone.auth.signInWithCode(someone.phone, code))).toEqual(gone)
    world.clock.move(3_600)
    expect((await follow(recovery)).get('status')).toBe('400')
    worked(await someone.auth.sendSignInCode(someone.phone))
    await expect.poll(async () => (await world.inbox.list(someone.phone)).length).toBe(2)
    const fresh = await codeTo(someone.phone)
    expect(refusedWith(await client.auth.signInWithCode(aNumber(), fresh))).toEqual(gone)
    worked(await someone.auth.signInWithCode(someone.phone, fresh))
    expect(refusedWith(await someone.auth.signInWithCode(someone.phone, fresh))).toEqual(gone)
  })
})

describe('of many who bring the same', () => {
  /** How many of ten at once got through. */
  const through = async (ask: (auth: ReturnType<typeof altogicClient>['auth']) => Promise<{ errors: unknown }>) => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => ask(altogicClient(world).auth)))
    return answers.filter(({ errors }) => errors === null).length
  }

  it('11: one gets through, by link, token and code', async () => {
    const { client, email } = await aSignedIn(world)
    worked(await client.auth.sendMagicLinkEmail(email))
    const { link } = await world.inbox.waitFor(email, 'sign_in')
    const places = await Promise.all(Array.from({ length: 10 }, () => fetch(link ?? '', { redirect: 'manual' })))
    const found = places.map((place) => new URL(place.headers.get('location') ?? '').searchParams.get('access_token'))
    const tokens = found.filter((token) => token !== null)
    expect(tokens).toHaveLength(1)
    expect(await through((auth) => auth.getAuthGrant(tokens[0]))).toBe(1)
    worked(await client.auth.sendResetPwdEmail(email))
    const reset = (await followMail(world, email, 'recovery')).searchParams.get('access_token') ?? ''
    expect(await through((auth) => auth.resetPwdWithToken(reset, next))).toBe(1)
    const someone = await withNumber()
    worked(await someone.auth.sendSignInCode(someone.phone))
    const code = await codeTo(someone.phone)
    expect(await through((auth) => auth.signInWithCode(someone.phone, code))).toBe(1)
    await world.inbox.clear()
    worked(await someone.auth.sendResetPwdCode(someone.phone))
    const other = await codeTo(someone.phone)
    expect(await through((auth) => auth.resetPwdWithCode(someone.phone, other, next))).toBe(1)
  })
})

describe('sessions', () => {
  it('14: another of the own ends by its token, and the current one goes on', async () => {
    const { client, email, session, storage } = await aSignedIn(world)
    const other = altogicClient(world).auth
    const { session: second } = worked(await other.signInWithEmail(email, goodPassword))
    worked(await client.auth.signOut(second?.token))
    expect(storage.held.get('session')).toContain(session.token)
    expect(worked(await client.auth.getAllSessions()).sessions?.map(({ token }) => token)).toEqual([session.token])
  })

  it('15: without confirmation an address and a number change at once', async () => {
    const { auth } = altogicClient(open)
    const [email, to, number] = [anAddress(), anAddress('next'), aNumber()]
    worked(await auth.signUpWithEmail(email, goodPassword))
    expect(refusedWith(await auth.changeEmail(next, to))).toEqual([401, 'invalid_credentials'])
    expect(worked(await auth.changeEmail(goodPassword, to)).user).toMatchObject({ email: to })
    await open.inbox.waitFor(email, 'email_changed')
    expect(worked(await auth.changePhone(goodPassword, number)).user).toMatchObject({ email: to, phone: number })
    worked(await altogicClient(open).auth.signInWithEmail(to, goodPassword))
    expect(refusedWith(await altogicClient(open).auth.signInWithEmail(email, goodPassword))[0]).toBe(401)
    const taken = worked(await altogicClient(open).auth.signUpWithEmail(email, goodPassword))
    expect(taken.user?.email).toBe(email)
    expect(refusedWith(await auth.changeEmail(goodPassword, email))).toEqual([400, 'email_not_unique'])
  })

  it('17: each way in moves the last login', async () => {
    const { client, email } = await aSignedIn(world)
    const someone = await withNumber()
    const moved: (string | undefined)[] = []
    const note = (answer: { user: { lastLoginAt: string } | null }) => void moved.push(answer.user?.lastLoginAt)
    note(worked(await client.auth.signInWithEmail(email, goodPassword)))
    world.clock.move(61)
    note(worked(await someone.auth.signInWithPhone(someone.phone, goodPassword)))
    world.clock.move(61)
    worked(await client.auth.sendMagicLinkEmail(email))
    const place = await followMail(world, email, 'sign_in')
    note(worked(await client.auth.getAuthGrant(place.searchParams.get('access_token') ?? '')))
    world.clock.move(61)
    worked(await someone.auth.sendSignInCode(someone.phone))
    note(worked(await someone.auth.signInWithCode(someone.phone, await codeTo(someone.phone))))
    expect(new Set(moved).size).toBe(4)
    expect([...moved].sort()).toEqual(moved)
  })

  const asked: readonly [string, ...string[]][] = [
    ['getUserFromDB'],
    ['getAllSessions'],
    ['signOut'],
    ['signOutAll'],
    ['signOutAllExceptCurrent'],
    ['changePassword', next, goodPassword],
    ['changeEmail', goodPassword, 'next@example.test'],
    ['changePhone', goodPassword, '+12025550100'],
  ]
  it.each(asked)(
    '18: %s says that a session is missing or over, and the client forgets what it had',
    async (method, ...args) => {
      for (const [token, code] of [
        [undefined, 'missing_session_token'],
        ['stale', 'invalid_session_token'],
      ] as const) {
        const storage = memoryStorage()
        const auth = altogicClient(world, storage).auth as unknown as Body
        auth.setSession({ token, userId: 'x' })
        auth.setUser({ _id: 'x' })
        expect(refusedWith(await auth[method](...args))).toEqual([401, code])
        expect(storage.held.size).toBe(0)
      }
    },
  )

  it('§2.3: are read from the header first, then from the cookie', async () => {
    const [one, other] = [await aSignedIn(world), await aSignedIn(world)]
    const cookie = `session_token=${other.session.token}`
    const who = async (headers: Record<string, string>) =>
      ((await (await raw('/user', { headers })).json()) as Body).email
    expect(await who({ session: one.session.token, cookie })).toBe(one.email)
    expect(await who({ cookie })).toBe(other.email)
    expect(await told(raw('/user', { headers: { session: 'stale', cookie } }))).toEqual([401, 'invalid_session_token'])
  })

  it('§3.2: only what is wrong with a session has one of the two names that empty a client', async () => {
    const { client, session, storage } = await aSignedIn(world)
    const { auth } = client
    for (const answer of [
      await auth.signInWithEmail('nobody@example.test', next),
      await auth.getAuthGrant('nobodys'),
      await auth.resetPwdWithToken('nobodys', next),
      await auth.signInWithCode('+12025550199', '123456'),
      await auth.verifyPhone('+12025550199', '123456'),
      await auth.changePassword(next, 'wrong otters here'),
      await auth.signOut((await aSignedIn(world)).session.token),
    ])
      expect(String(refusedWith(answer)[1])).not.toMatch(/session_token$/)
    expect(storage.held.get('session')).toContain(session.token)
  })
})

describe('requests', () => {
  it('§1: stand behind an address that ends in a slash, and one with an environment', async () => {
    const { email } = await aSignedIn(world)
    for (const prefix of ['/', '/e:62ab0123456789abcdef0123', '/E:62ab0123456789abcdef0123/']) {
      const { auth } = altogicClient(world, memoryStorage(), prefix)
      worked(await auth.signInWithEmail(email, goodPassword))
      worked(await auth.getAllSessions())
      worked(await auth.signOut())
    }
  })

  it('§2.1: may bring an API key, which these routes do not read', async () => {
    const { email } = await aSignedIn(world)
    const storage = memoryStorage()
    const client: Body = createClient(world.url, world.publishableKey, {
      apiKey: 'eyJhbGciOiJIUzI1NiJ9.e30.x',
      localStorage: storage as never,
    })
    worked(await client.auth.signInWithEmail(email, goodPassword))
    worked(await client.auth.getUserFromDB())
  })

  it.each([
    ['as they are written', ['X-Client', 'X-Client-Key', 'Session', 'Content-Type']],
    ['in small letters', ['x-client', 'x-client-key', 'session', 'content-type']],
    ['in capitals', ['X-CLIENT', 'X-CLIENT-KEY', 'SESSION', 'CONTENT-TYPE']],
  ])('§2.1: are read with the names of headers %s', async (_how, [client = '', key = '', name = '', type = '']) => {
    const { session } = await aSignedIn(world)
    const status = await new Promise((resolve, reject) => {
      const headers = {
        [client]: 'altogic-js',
        [key]: world.publishableKey,
        [name]: session.token,
        [type]: 'application/json',
      }
      const sent = request(`${world.url}/_api/rest/v1/auth/signout`, { method: 'POST', headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      sent.on('error', reject)
      sent.end('{}')
    })
    expect(status).toBe(204)
  })

  it('§2.1: without a payload need neither a body nor a type', async () => {
    const { session, email } = await aSignedIn(world)
    expect((await raw(`/send-magic?email=${email}`, { method: 'POST' })).status).toBe(204)
    const headers = { session: session.token }
    expect((await raw('/signout-all', { method: 'POST', headers })).status).toBe(204)
  })

  it('§2.1: name numbers with a plus sign, encoded or not, and with the zeros that stand for it', async () => {
    const number = aNumber()
    worked(await altogicClient(world).auth.signUpWithPhone(number, goodPassword))
    const code = await codeTo(number)
    for (const spelling of [number, encodeURIComponent(number), number.slice(1), number.replace('+', '00')])
      expect(await told(raw(`/verify-phone?code=000000&phone=${spelling}`, { method: 'POST' }))).toEqual([
        403,
        'invalid_access_token',
      ])
    const zeros = number.replace('+', '00')
    expect((await raw(`/verify-phone?code=${code}&phone=${zeros}`, { method: 'POST' })).status).toBe(200)
  })

  it('§2.2: of listed pages get errors they can read', async () => {
    const headers = { origin: site }
    for (const response of [
      await raw('/user', { headers }),
      await raw('/nothing', { headers }),
      await raw('/signin-email', { headers, method: 'DELETE' }),
      await raw('/signin-email', { headers, method: 'POST', body: '{' }),
      await raw('/signin-email', { headers: { ...headers, 'x-client-key': '' }, method: 'POST' }),
    ]) {
      expect(response.status).toBeGreaterThanOrEqual(400)
      expect(response.headers.get('access-control-allow-origin')).toBe(site)
      expect(response.headers.get('access-control-allow-credentials')).toBe('true')
      expect(response.headers.get('vary')).toMatch(/origin/i)
    }
  })

  it('§2.2: of listed pages may be announced with every header and method, to unknown places too', async () => {
    const asked = 'authorization,content-type,session,x-client,x-client-key'
    for (const [path, method] of [
      ['/auth/user', 'GET'],
      ['/auth/signin-email', 'POST'],
      ['/auth/nothing', 'POST'],
      ['/db/query', 'POST'],
      ['/realtime/get-members', 'POST'],
    ] as const) {
      const headers = { origin: site, 'access-control-request-method': method, 'access-control-request-headers': asked }
      const preflight = await fetch(`${world.url}/_api/rest/v1${path}`, { method: 'OPTIONS', headers })
      expect([path, preflight.status, preflight.headers.get('access-control-allow-origin')]).toEqual([path, 204, site])
      expect(preflight.headers.get('access-control-allow-headers')).toBe(asked)
      expect(preflight.headers.get('access-control-allow-methods')).toContain(method)
    }
  })
})

describe('answers', () => {
  it('§3.1, §4: are bare users, bare lists, sessions with every part as text, or nothing', async () => {
    const { session, user } = await aSignedIn(world)
    const headers = {
      session: session.token,
      'user-agent':
        'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/99.0.4844.51 Safari/537.36',
    }
    const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    const shown = (await (await raw('/user', { headers })).json()) as Body
    expect(shown).toMatchObject({
      _id: user._id,
      provider: 'altogic',
      providerUserId: user._id,
      signUpAt: iso,
      lastLoginAt: iso,
    })
    const json = { email: user.email, password: goodPassword }
    const opened = (await (await raw('/signin-email', { json, headers })).json()) as Body
    expect(opened.session).toEqual({
      userId: user._id,
      token: expect.any(String),
      creationDtm: iso,
      userAgent: {
        ...{ family: 'Chrome', major: '99', minor: '0', patch: '4844' },
        device: { family: expect.any(String), major: '0', minor: '0', patch: '0' },
        os: { family: 'Mac OS X', major: '10', minor: '15', patch: '7' },
      },
      accessGroupKeys: [],
    })
    expect(await (await raw('/sessions', { headers })).json()).toHaveLength(2)
    const nothing = await raw('/signout', { json: {}, headers })
    expect([nothing.status, await nothing.text()]).toEqual([204, ''])
  })

  it('§3.2: name the status in words, the fields at fault, and never a password', async () => {
    const { errors } = await altogicClient(world).auth.signUpWithEmail('nobody', 'a secret short of nothing')
    expect(errors).toMatchObject({
      status: 400,
      statusText: 'Bad Request',
      items: [{ origin: 'client_error', code: 'validation_error' }],
    })
    const wrong = (await altogicClient(world).auth.signInWithEmail('nobody@example.test', next)).errors
    expect(wrong).toMatchObject({ status: 401, statusText: 'Unauthorized' })
    const bad = await raw('/signup-email', { json: { email: anAddress(), password: 'tiny77' } })
    const text = await bad.text()
    expect(text).not.toContain('tiny77')
    expect(JSON.parse(text).errors[0].details).not.toEqual({})
  })

  it('§3.3: have the names that apps know', async () => {
    const post = (path: string, more: Raw = {}) => told(raw(path, { method: 'POST', ...more }))
    expect(await post('/signin-email', { body: '{', headers: { 'content-type': 'application/json' } })).toEqual([
      400,
      'invalid_request_body_syntax',
    ])
    expect(await post('/signin-email', { body: '<x/>', headers: { 'content-type': 'text/xml' } })).toEqual([
      415,
      'unsupported_media_type',
    ])
    const large = { email: 'x'.repeat(1_100_000), password: next }
    expect(await told(raw('/signin-email', { json: large }))).toEqual([413, 'request_body_size_too_large'])
    expect(await told(raw('/nothing'))).toEqual([404, 'resource_not_found'])
    expect(await told(raw('/grant?key='))).toEqual([400, 'missing_access_token'])
    expect(await post('/reset-pwd', { json: { newPassword: next } })).toEqual([400, 'missing_access_token'])
    expect(await post('/send-code?phone=')).toEqual([400, 'missing_phone_number'])
    expect(await post('/signin-code?phone=%2B12025550100')).toEqual([400, 'missing_sms_code'])
    expect(await told(raw('/user', { headers: { 'x-client-key': 'x' } }))).toEqual([401, 'invalid_client_key'])
  })

  it('§5: come from all of the 23 routes', () => {
    const [mount] = altogicMounts(world.core, world.config.deployment.dialects.altogic)
    const gets = ['grant', 'sessions', 'user']
    const posts = [
      ...['signup-email', 'signup-phone', 'signin-email', 'signin-phone', 'signin-code', 'resend', 'resend-code'],
      ...['send-magic', 'send-reset', 'send-reset-code', 'send-code', 'reset-pwd', 'reset-pwd-code', 'verify-phone'],
      ...['signout', 'signout-all', 'signout-all-except', 'change-pwd', 'change-email', 'change-phone'],
    ]
    const all = [...gets.map((name) => `GET /${name}`), ...posts.map((name) => `POST /${name}`)]
    expect(all).toHaveLength(23)
    expect(mount?.routes.map(({ method, path }) => `${method} ${path}`)).toEqual(expect.arrayContaining(all))
  })

  it('§13: that open a session set its cookie, and those that end it take it away', async () => {
    const email = anAddress()
    const set = /^session_token=[^;]+; Path=\/; Max-Age=\d{7,}; Secure; HttpOnly; SameSite=None$/
    const gone = /^session_token=; Path=\/; Max-Age=0; Secure; HttpOnly; SameSite=None$/
    const cookieOf = (response: Response) => response.headers.get('set-cookie') ?? ''
    const json = { email, password: goodPassword }
    const signedUp = await raw('/signup-email', { json, at: open })
    expect(cookieOf(signedUp)).toMatch(set)
    const first = (await signedUp.json()) as Body
    expect(cookieOf(signedUp)).toContain(`=${first.session.token};`)
    const signIn = () => raw('/signin-email', { json, at: open })
    expect(cookieOf(await signIn())).toMatch(set)
    const { session } = (await (await signIn()).json()) as Body
    const end = (path: string, token: string) => raw(path, { json: {}, at: open, headers: { session: token } })
    expect(cookieOf(await end('/signout-all-except', session.token))).toBe('')
    expect(cookieOf(await end('/signout', session.token))).toMatch(gone)
    const last = (await (await signIn()).json()) as Body
    expect(cookieOf(await end('/signout-all', last.session.token))).toMatch(gone)
    const number = aNumber()
    worked(await altogicClient(world).auth.signUpWithPhone(number, goodPassword))
    const query = `code=${await codeTo(number)}&phone=${encodeURIComponent(number)}`
    expect(cookieOf(await raw(`/verify-phone?${query}`, { method: 'POST' }))).toMatch(set)
    worked(await altogicClient(world).auth.signUpWithEmail(email, goodPassword))
    expect(cookieOf(await raw('/signup-email', { json: { ...json, email: anAddress() } }))).toBe('')
    const place = await followMail(world, email)
    expect(cookieOf(await raw(`/grant?key=${place.searchParams.get('access_token')}`))).toMatch(set)
  })

  it('§15: to the Dart library hold the user in a member, and its reset codes are found', async () => {
    const { session } = await aSignedIn(world)
    const headers = { session: session.token, 'x-client': 'altogic-dart' }
    const json = { currentPassword: goodPassword, newPhone: aNumber() }
    const wrapped = (await (await raw('/change-phone', { json, headers })).json()) as Body
    expect(Object.keys(wrapped)).toEqual(['user'])
    const someone = await withNumber()
    expect((await raw(`/send-reset?phone=${encodeURIComponent(someone.phone)}`, { method: 'POST' })).status).toBe(204)
    worked(await someone.auth.resetPwdWithCode(someone.phone, await codeTo(someone.phone), next))
  })
})

describe('keys and limits', () => {
  const key = { kind: 'publishable', name: 'listed', scopes: [], expiresAt: null } as const

  it('§11: a key works from its domains alone, and in its time', async () => {
    const listed = await world.core.apiKeys.create({
      ...key,
      origins: ['https://*.shop.example', 'https://one.example'],
    })
    const from = (origin?: string) =>
      told(raw('/user', { headers: { 'x-client-key': listed.key, ...(origin === undefined ? {} : { origin }) } }))
    for (const origin of ['https://a.shop.example', 'https://b.a.shop.example', 'https://one.example'])
      expect(await from(origin)).toEqual([401, 'missing_session_token'])
    for (const origin of [
      'https://shop.example',
      'https://evilshop.example',
      'http://a.shop.example',
      'https://one.example.evil.test',
    ])
      expect(await from(origin)).toEqual([401, 'domain_not_authorized'])
    expect(await from()).toEqual([401, 'missing_request_origin'])
    // A page of the server itself says no origin where it only reads.
    const own = await world.core.apiKeys.create({ ...key, origins: [world.core.settings.publicUrl] })
    for (const [kind, code] of [
      ['same-origin', 'missing_session_token'],
      ['same-site', 'missing_request_origin'],
      ['none', 'missing_request_origin'],
    ] as const) {
      const status = await new Promise<string>((resolve, reject) => {
        const headers = { 'x-client-key': own.key, 'sec-fetch-site': kind }
        const sent = request(`${world.url}/_api/rest/v1/auth/user`, { headers }, (response) => {
          const parts: Buffer[] = []
          response.on('data', (part: Buffer) => void parts.push(part))
          response.on('end', () => resolve(JSON.parse(Buffer.concat(parts).toString()).errors[0].code))
        })
        sent.on('error', reject)
        sent.end()
      })
      expect([kind, status]).toEqual([kind, code])
    }
    const expiresAt = new Date(Date.now() - 1_000)
    const old = await world.core.apiKeys.create({ ...key, origins: [], expiresAt })
    const withKey = (key: string) => told(raw('/user', { headers: { 'x-client-key': key } }))
    expect(await withKey(old.key)).toEqual([403, 'expired_client_key'])
    await world.core.apiKeys.revoke(old.id)
    expect(await withKey(old.key)).toEqual([401, 'invalid_client_key'])
  })

  it('§12: too many requests are told as such, readably', async () => {
    await withWorld({ limits: { enabled: true, public: '3/60s' } }, async (strict) => {
      const { auth } = altogicClient(strict)
      const codes: unknown[] = []
      for (let tries = 0; tries < 5; tries += 1) codes.push(refusedWith(await auth.getUserFromDB())[1])
      expect(codes).toEqual([...Array(3).fill('missing_session_token'), ...Array(2).fill('rate_limit_exceeded')])
      const response = await raw('/user', { at: strict, headers: { origin: site } })
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([429, site])
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    })
  })

  it('§12: a code that was guessed at too often is worth nothing any more', async () => {
    const { auth, phone: number } = await withNumber()
    worked(await auth.sendSignInCode(number))
    const code = await codeTo(number)
    const wrong = code === '111111' ? '222222' : '111111'
    for (let tries = 0; tries < 5; tries += 1) await auth.signInWithCode(number, wrong)
    expect(refusedWith(await auth.signInWithCode(number, code))[0]).toBeGreaterThanOrEqual(400)
  })
})

/** Rule, suite, and the name of its test there. */
const elsewhere: readonly (readonly [rule: string, file: string, test: string])[] = [
  ['2: e-mail', 'accounts', 'opens a session at once where nothing is confirmed'],
  ['3: e-mail', 'accounts', 'does not take an account’s word for its own address, unless that is switched on'],
  [
    '4: proved or not',
    'accounts',
    'fails twice with one address, proved or not, and keeps the first account out of the second one’s hands',
  ],
  [
    '6: e-mail',
    'accounts',
    'says the same of a wrong password and of nobody, and tells an unproved address to whoever knows the password',
  ],
  ['7', 'social', 'finds the account again, with a session of its own and a later login'],
  ['8: e-mail', 'accounts', 'opens a session at once where nothing is confirmed'],
  ['9: phone', 'accounts', 'sign up with a code that opens a session, and in by password'],
  ['10: change-email', 'accounts', 'asks for the password, changes nothing until both agree, and brings no token back'],
  ['10: oauth-signin', 'social', 'makes an account, and brings a token that is good for one session'],
  ['10: refused', 'social', 'tells the app when somebody says no, without a token'],
  ['11: a reset', 'accounts', 'are reset by a link whose token is good for nothing else'],
  ['11: codes', 'accounts', 'sign in with a code, and get a new password with another; neither stands for the other'],
  ['11: a provider', 'social', 'is for signing in alone, and for minutes'],
  ['12', 'accounts', 'by a link: each one opens a session of its own, once'],
  ['13', 'accounts', 'are many, listed, and ended one by one'],
  ['14: strangers', 'accounts', 'of strangers are not ended, and their tokens wipe nobody’s storage'],
  ['15: e-mail', 'accounts', 'asks for the password, changes nothing until both agree, and brings no token back'],
  ['15: phone', 'accounts', 'change with the password, once the new number is proved; the session goes on'],
  ['16: a sign-up', 'accounts', 'sign up with a code that opens a session, and in by password'],
  ['16: a change', 'accounts', 'change with the password, once the new number is proved; the session goes on'],
  ['19: sign-in, sign-out', 'realtime', 'signing in and out elsewhere, with the session it is about'],
  ['19: one for each', 'realtime', 'of each session that is ended with others'],
  ['20: bodies', 'wire', 'answers JSON to bodies that are none'],
  ['20: fields', 'wire', 'answers JSON to fields of any kind'],
  ['20: queries', 'wire', 'answers JSON to queries of any kind'],
  ['20: anything', 'wire', 'answers JSON to whatever is made up of things it knows and things it does not'],
  ['20: headers, methods', 'wire', 'answers JSON to headers of any kind, and to methods it has not'],
  ['§1.1', 'chromium', 'onUserEvent'],
  ['§2.1: a plus sign', 'accounts', 'reads a plus sign in an address that the client did not encode'],
  ['§2.1: a stale session', 'accounts', 'reads a stale session on public calls as none'],
  ['§2.2: foreign pages', 'chromium', 'S110 calls in vain from a page that is not listed'],
  ['§3.2: one’s own session', 'accounts', 'of strangers are not ended, and their tokens wipe nobody’s storage'],
  ['§7: HEAD', 'accounts', 'are not used up by a look'],
  [
    '§7: an address that was taken meanwhile',
    'accounts',
    'of a change are refused where the address was taken meanwhile',
  ],
  ['§8: every form', 'social', 'begins at every form of the base, in any case'],
  ['§8: Apple', 'social', 'takes the answer of a provider that posts it'],
  ['§8: state', 'social', 'S66: counts in the browser that began, once'],
  ['§8: unknown', 'social', 'answers JSON where no sign-in can begin'],
  [
    '§8: no silent link',
    'social',
    'S36: stay apart where the provider has not, and the app hears what it hears of any such address',
  ],
  ['§9.1: keys', 'realtime', 'nothing without a session, nor with one that is over, and is refused with a wrong key'],
  [
    '§9.1: keys that need a session',
    '../../attacks/sockets',
    'are for people who are signed in alone, where the key says so',
  ],
  ['§9.2: changes', 'realtime', 'changes of password and address, by the session that made them'],
  ['§9.2: a number', 'realtime', 'a new number, as a change of its own and of the user'],
  ['§9.2: the end', 'realtime', 'the end of the account'],
  ['§9.2: two processes', '../../journeys/many-processes', 'tell Altogic’s client of what happens in the other'],
  ['§9.3', 'realtime', 'although it speaks in channels, of which it is told each time that there are none'],
  ['§13: helpers', 'accounts', 'signs a server-rendered request in by its cookie'],
  ['§14: in Chromium', 'chromium', 'has no method that was not gone through'],
  ['§15: records', 'own-record', 'is read and changed; what the server owns stays'],
]

describe('the rules that have their tests elsewhere', () => {
  it.each(elsewhere)('%s: in %s', async (_rule, file, test) => {
    const text = await readFile(join(import.meta.dirname, `${file}.test.ts`), 'utf8')
    const named = [`it('${test}'`, `async ${test}(at)`]
    expect(named.some((each) => text.includes(each))).toBe(true)
  })

  it('§14: in Node, go through every method of the client', async () => {
    const files = ['accounts', 'social', 'realtime', 'rules', '../../journeys/altogic-express']
    const texts = await Promise.all(files.map((file) => readFile(join(import.meta.dirname, `${file}.test.ts`), 'utf8')))
    const { auth } = createClient(world.url, world.publishableKey)
    const names = Object.getOwnPropertyNames(Object.getPrototypeOf(auth)).filter((name) => name !== 'constructor')
    expect(names).toHaveLength(34)
    expect(names.filter((name) => !texts.some((text) => text.includes(`auth.${name}(`)))).toEqual([])
  })

  it('are all of 1 to 20, with those above', async () => {
    const own = await readFile(import.meta.filename, 'utf8')
    const numbers = [...own.matchAll(/it(?:\.each\(\w+\))?\(\s*'(\d+):/g)].map(([, number]) => Number(number))
    const all = new Set([...numbers, ...elsewhere.map(([rule]) => Number(rule.split(':')[0]))])
    for (let rule = 1; rule <= 20; rule += 1) expect([rule, all.has(rule)]).toEqual([rule, true])
  })
})
