import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Person } from '../world/open-id.ts'
import { exchange, nativeStart, type SocialWorld, signInNatively, startSocial } from '../world/social.ts'
import { createTraveller } from '../world/traveller.ts'

let world: SocialWorld
beforeAll(async () => {
  world = await startSocial()
})
afterAll(() => world.close())

// biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what a test asserts.
type Body = any

const password = 'seven quiet otters'
let count = 0
const anAddress = () => {
  count += 1
  return `victim${count}@example.test`
}
const there = (email: string, more: Partial<Person> = {}): Person => ({
  sub: `there-${email}`,
  email,
  email_verified: true,
  ...more,
})

async function ask(
  method: string,
  path: string,
  { token, body }: { token?: string; body?: unknown } = {},
): Promise<Body> {
  const response = await fetch(`${world.url}/v1${path}`, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, ...(text === '' ? {} : JSON.parse(text)) }
}
const admin = (method: string, path: string, body?: unknown) => ask(method, path, { token: world.secretKey, body })

/** Somebody with a password, proved or not. */
async function withPassword(email: string, emailConfirmed: boolean): Promise<Body> {
  if (emailConfirmed) return admin('POST', '/admin/users', { email, password, emailConfirmed })
  await ask('POST', '/sign-up/password', {
    body: { email, password, metadata: { planted: true }, displayName: 'Mallory' },
  })
  return (await admin('GET', `/admin/users?email=${encodeURIComponent(email)}`)).items[0]
}

/** Where a sign-in with the provider leads. */
async function lead(person: Person, provider = 'google') {
  world.openId.person = person
  const { url } = await createTraveller().go(nativeStart(world, {}, provider), world.app)
  return url
}

describe('S32: somebody signed up with the address before', () => {
  it('gives the account to whoever the provider vouches for, without what was left on it', async () => {
    const email = anAddress()
    const before = await withPassword(email, false)
    const { body } = await signInNatively(world, there(email))
    expect(body).toMatchObject({ user: { id: before.id, email, displayName: '' } })
    expect((body as Body).user.metadata.planted).toBeUndefined()
    expect((body as Body).user.emailConfirmedAt).not.toBeNull()
    expect(await ask('POST', '/sign-in/password', { body: { email, password } })).toMatchObject({
      code: 'invalid_credentials',
    })
  })

  it('S34: takes away identities that a stranger has connected before the proof', async () => {
    const email = anAddress()
    world.openId.person = there(email, { sub: 'mallory-there', email_verified: false })
    expect((await lead(world.openId.person)).searchParams.get('error')).toBe('email_not_confirmed')
    await world.inbox.waitFor(email, 'sign_up')
    await world.inbox.clear()
    // The owner asks for a code themselves and types it there.
    const begun = await ask('POST', '/sign-in/code', { body: { email } })
    const { code } = await world.inbox.waitFor(email, 'sign_up')
    const done = await ask('POST', '/attempts/answer', { body: { attempt: begun.attempt.token, code } })
    expect([done.status, done.user?.identities]).toEqual(['complete', []])
    const mallory = await lead(there(email, { sub: 'mallory-there', email_verified: false }))
    expect(mallory.searchParams.get('error')).toBe('email_not_confirmed')
  })
})

describe('S36: a provider that does not verify', () => {
  it.each([
    ['false', false],
    ['null', null],
    ['0', 0],
    ['"false"', 'false'],
    ['"true"', 'true'],
    ['1', 1],
    ['a list', [true]],
  ])('never joins the account of the address when its flag is %s', async (_, flag) => {
    const email = anAddress()
    const { id } = await withPassword(email, true)
    const url = await lead(there(email, { email_verified: flag }))
    expect(url.searchParams.get('error')).toBe('email_not_confirmed')
    expect((await admin('GET', `/admin/users/${id}`)).identities).toEqual([])
  })

  it('says the same whether or not somebody has the address, and marks nothing as proved', async () => {
    const taken = anAddress()
    await withPassword(taken, true)
    const free = anAddress()
    const said = [
      await lead(there(taken, { email_verified: false })),
      await lead(there(free, { email_verified: false })),
    ]
    const facts = said.map((url) => [url.searchParams.get('error'), url.searchParams.get('error_description')])
    expect(facts[0]).toEqual(facts[1])
    const [user] = (await admin('GET', `/admin/users?email=${encodeURIComponent(free)}`)).items
    expect(user.emailConfirmedAt).toBeNull()
  })
})

describe('S37: linking by address', () => {
  it('needs proof on both sides, and then tells the owner', async () => {
    const email = anAddress()
    const { id } = await withPassword(email, true)
    const { body } = await signInNatively(world, there(email))
    expect(body).toMatchObject({ isNewUser: true, user: { id } })
    expect((await world.inbox.waitFor(email, 'identity_linked')).subject).toContain('added')
    expect((await ask('POST', '/sign-in/password', { body: { email, password } })).status).toBe('complete')
  })

  it('S16 needs that very address: one that only looks like it in another alphabet is another mailbox', async () => {
    const told = [
      (email: string) => email.replace('v', '\uff56'),
      (email: string) => email.replace('k', '\u212a'),
      (email: string) => email.replace('@', '\uff20'),
    ]
    for (const [at, spelling] of told.entries()) {
      const email = anAddress().replace('victim', 'victim.k')
      const { id } = await withPassword(email, true)
      const { body, back } = await signInNatively(world, there(spelling(email), { sub: `spelt-${at}-${email}` }))
      expect([at, back.searchParams.get('error')]).toEqual([at, 'email_not_confirmed'])
      expect((body as Body).user?.id).not.toBe(id)
    }
    // A host name has one meaning in every alphabet.
    const own = anAddress()
    const { id } = await withPassword(own, true)
    const { body } = await signInNatively(world, there(own.replace('.test', '.ｔｅｓｔ'), { sub: 'host' }))
    expect((body as Body).user.id).toBe(id)
  })

  it('never happens on the word of a provider of the administrator’s own', async () => {
    const { issuer, clientId, clientSecret } = world.openId
    const own = { kind: 'oidc', issuer, clientId, clientSecret, scopes: ['email'] }
    expect((await admin('PUT', '/admin/providers/custom:acme', own)).status).toBe(200)
    expect((await admin('PUT', '/admin/providers/custom:acme', { linking: 'verified' })).code).toBe('validation_failed')
    for (const proved of [true, false]) {
      const email = anAddress()
      const { id } = await withPassword(email, proved)
      const url = await lead(there(email), 'custom:acme')
      const { body } = await exchange(world, url.searchParams.get('code') ?? '')
      expect((body as Body).user.id).not.toBe(id)
      expect((body as Body).user.email).toBeNull()
    }
  })

  it('S32 nor does that word prepare an account for whoever has the address', async () => {
    const { issuer, clientId, clientSecret } = world.openId
    const own = { kind: 'oidc', issuer, clientId, clientSecret, scopes: ['email'] }
    await admin('PUT', '/admin/providers/custom:acme', own)
    const email = anAddress()
    const url = await lead(there(email, { sub: 'mallory-at-acme' }), 'custom:acme')
    const mallory = (await exchange(world, url.searchParams.get('code') ?? '')).body as Body
    expect(mallory.user.email).toBe(email)
    const { body } = await signInNatively(world, there(email))
    expect((body as Body).user.id).not.toBe(mallory.user.id)
    // Whoever answers a mail for it, or comes with a word that counts, still finds what is theirs.
    const other = anAddress()
    const first = (await signInNatively(world, there(other))).body as Body
    await admin('POST', `/admin/users/${first.user.id}/identities`, {
      provider: 'custom:acme',
      subject: 'x',
      email: other,
    })
    await admin('DELETE', `/admin/users/${first.user.id}/identities/${first.user.identities[0].id}`)
    expect(((await signInNatively(world, there(other, { sub: 'again' }))).body as Body).user.id).toBe(first.user.id)
  })

  describe('S32 whoever was told an address by such a provider prepares no account for its owner', () => {
    /** Somebody signed in with `custom:acme`, as whom it names. */
    async function atAcme(email: string, sub: string): Promise<Body> {
      const url = await lead(there(email, { sub }), 'custom:acme')
      return (await exchange(world, url.searchParams.get('code') ?? '')).body
    }
    beforeAll(async () => {
      const { issuer, clientId, clientSecret } = world.openId
      const own = { kind: 'oidc', issuer, clientId, clientSecret, scopes: ['email'] }
      expect((await admin('PUT', '/admin/providers/custom:acme', own)).status).toBe(200)
    })
    const isOwn = async (email: string, mallory: Body) => {
      const { status, body } = await signInNatively(world, there(email))
      expect(status).toBe(200)
      expect((body as Body).user.id).not.toBe(mallory.user.id)
    }

    const takeOff = ({ user }: Body, token: string): Promise<Body> => {
      const { id } = user.identities.find((each: Body) => each.provider === 'custom:acme')
      return ask('DELETE', `/me/identities/${id}`, { token })
    }

    it('by having another one there since', async () => {
      const email = anAddress()
      const mallory = await atAcme(email, `moves-${email}`)
      expect(mallory.user.email).toBe(email)
      const again = await atAcme(anAddress(), `moves-${email}`)
      expect(again.user).toMatchObject({ id: mallory.user.id, email })
      await isOwn(email, mallory)
    })

    it('by a password, and by taking the account elsewhere off', async () => {
      const email = anAddress()
      const mallory = await atAcme(email, `leaves-${email}`)
      const token = mallory.tokens.accessToken
      const set = await ask('PUT', '/me/password', { token, body: { password } })
      expect(set.status).toBe(200)
      expect((await takeOff(mallory, token)).code).toBe('single_identity_not_deletable')
      await isOwn(email, mallory)
    })

    it('by another one there that does not vouch for it', async () => {
      const email = anAddress()
      const mallory = await atAcme(email, `both-${email}`)
      const codeChallenge = new URL(nativeStart(world)).searchParams.get('codeChallenge')
      const body = { provider: 'google', codeChallenge, redirectTo: world.app }
      const begun = await ask('POST', '/me/identities', { token: mallory.tokens.accessToken, body })
      world.openId.person = there(email, { sub: `unverified-${email}`, email_verified: false })
      const { url } = await createTraveller().go(begun.attempt.step.url, world.app)
      const linked = await exchange(world, url.searchParams.get('code') ?? '', mallory.tokens.accessToken)
      const token = (linked.body as Body).tokens.accessToken
      await ask('PUT', '/me/password', { token, body: { password } })
      expect((await takeOff(mallory, token)).status).toBe(204)
      expect(await ask('GET', '/me', { token })).toMatchObject({ id: mallory.user.id, email: null })
      await isOwn(email, mallory)
    })
  })

  it('is switched off by its setting', async () => {
    await admin('PUT', '/admin/providers/google', { linking: 'never' })
    const email = anAddress()
    const { id } = await withPassword(email, true)
    const { body } = await signInNatively(world, there(email))
    await admin('DELETE', '/admin/providers/google')
    expect((body as Body).user).toMatchObject({ email: null })
    expect((body as Body).user.id).not.toBe(id)
  })
})

describe('S38: an identity', () => {
  it('is (provider, subject): one subject at two providers is two people', async () => {
    const { issuer, clientId, clientSecret } = world.openId
    await admin('PUT', '/admin/providers/custom:acme', {
      kind: 'oidc',
      issuer,
      clientId,
      clientSecret,
      emailOptional: true,
    })
    const person = { sub: 'shared-subject' }
    const other = await exchange(world, (await lead(person, 'custom:acme')).searchParams.get('code') ?? '')
    const email = anAddress()
    const { body } = await signInNatively(world, there(email, person))
    expect((other.body as Body).user.id).not.toBe((body as Body).user.id)
  })

  it('keeps its account when its address changes there', async () => {
    const [before, after] = [anAddress(), anAddress()]
    const first = (await signInNatively(world, there(before, { sub: 'moves' }))).body as Body
    await withPassword(after, true)
    const second = (await signInNatively(world, there(after, { sub: 'moves' }))).body as Body
    expect(second.user).toMatchObject({ id: first.user.id, email: before })
  })
})

describe('S40: connecting by hand', () => {
  it('is not finished by somebody who was sent the link', async () => {
    const mallory = (await ask('POST', '/sign-up/anonymous', { body: {} })) as Body
    const codeChallenge = new URL(nativeStart(world)).searchParams.get('codeChallenge')
    const body = { provider: 'google', codeChallenge, redirectTo: world.app }
    const begun = await ask('POST', '/me/identities', { token: mallory.tokens.accessToken, body })
    const email = anAddress()
    world.openId.person = there(email)
    const { url } = await createTraveller().go(begun.attempt.step.url, world.app)
    // The victim’s app gets a code that only the session and verifier of the other could exchange; nothing is connected.
    expect((await exchange(world, url.searchParams.get('code') ?? '')).status).toBe(401)
    expect((await signInNatively(world, there(email))).body).toMatchObject({ isNewUser: true, user: { email } })
    expect((await ask('GET', '/me/identities', { token: mallory.tokens.accessToken })).items).toEqual([])
  })

  it('dies with the session it was begun in', async () => {
    const guest = (await ask('POST', '/sign-up/anonymous', { body: {} })) as Body
    const codeChallenge = new URL(nativeStart(world)).searchParams.get('codeChallenge')
    const token = guest.tokens.accessToken
    const begun = await ask('POST', '/me/identities', {
      token,
      body: { provider: 'google', codeChallenge, redirectTo: world.app },
    })
    await ask('POST', '/sign-out', { token, body: {} })
    const { url } = await createTraveller().go(begun.attempt.step.url, world.origin)
    expect((await createTraveller().fetch(url.href)).headers.get('location')).toContain('error=bad_oauth_state')
  })

  it('needs a recent proof', async () => {
    const email = anAddress()
    const { tokens } = (await signInNatively(world, there(email))).body as Body
    world.clock.move(700)
    const body = { provider: 'google', codeChallenge: 'c'.repeat(43) }
    expect(await ask('POST', '/me/identities', { token: tokens.accessToken, body })).toMatchObject({
      code: 'reauthentication_needed',
    })
    world.clock.move(-700)
  })
})

describe('S40, S57: with a stolen session that is old', () => {
  /** Somebody with a password, in a session of yesterday. */
  async function anOldSession() {
    const email = anAddress()
    await withPassword(email, true)
    const { tokens } = await ask('POST', '/sign-in/password', { body: { email, password } })
    const { user } = (await signInNatively(world, there(email))).body as Body
    return { email, id: user.id as string, token: tokens.accessToken as string }
  }
  const supabase = async (method: string, path: string, token: string) => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await fetch(`${world.url}/auth/v1${path}`, { method, redirect: 'manual', headers })
    return { status: response.status, body: (await response.json()) as Body }
  }

  it('nobody connects an account of their own, in any dialect', async () => {
    const { token, id } = await anOldSession()
    world.openId.person = there(anAddress(), { sub: 'mallory' })
    world.clock.move(700)
    const begun = await supabase('GET', '/user/identities/authorize?provider=google&skip_http_redirect=true', token)
    expect([begun.status, begun.body.error_code]).toEqual([400, 'reauthentication_needed'])
    const place = `${world.origin}/nhost/v1/signin/provider/google?connect=${token}&redirectTo=${world.app}`
    const { url } = await createTraveller().go(place, world.app)
    expect(url.searchParams.get('error')).not.toBeNull()
    expect((await world.core.users.find(id))?.identities).toHaveLength(2)
    world.clock.move(-700)
  })

  it('nobody takes one away', async () => {
    const { token, id } = await anOldSession()
    const { identities = [] } = (await world.core.users.find(id)) ?? {}
    world.clock.move(700)
    for (const each of identities) {
      const gone = await supabase('DELETE', `/user/identities/${each.id}`, token)
      expect([gone.status, gone.body.error_code]).toEqual([400, 'reauthentication_needed'])
    }
    expect((await world.core.users.find(id))?.identities).toHaveLength(2)
    world.clock.move(-700)
  })
})

describe('S34: an address that nobody proved', () => {
  it('does not come to an account by taking its own away', async () => {
    const [email, victim] = [anAddress(), anAddress()]
    const phone = '+4915112345678'
    const made = await admin('POST', '/admin/users', {
      ...{ email, phone, password },
      ...{ emailConfirmed: true, phoneConfirmed: true },
    })
    const { tokens } = await ask('POST', '/sign-in/password', { body: { email, password } })
    const codeChallenge = new URL(nativeStart(world)).searchParams.get('codeChallenge')
    const body = { provider: 'google', codeChallenge, redirectTo: world.app }
    const token = tokens.accessToken
    const begun = await ask('POST', '/me/identities', { token, body })
    world.openId.person = there(victim, { sub: 'mallory-elsewhere', email_verified: false })
    const { url } = await createTraveller().go(begun.attempt.step.url, world.app)
    const linked = await exchange(world, url.searchParams.get('code') ?? '', token)
    expect(linked.status).toBe(200)
    const own = (await world.core.users.find(made.id))?.identities.find(({ provider }) => provider === 'email')
    const gone = await fetch(`${world.url}/auth/v1/user/identities/${own?.id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${(linked.body as Body).tokens.accessToken}` },
    })
    expect(gone.status).toBe(200)

    // Whoever has that address proves it, and gets an account of their own.
    const asked = await ask('POST', '/sign-in/code', { body: { email: victim } })
    const { code } = await world.inbox.waitFor(victim)
    const done = await ask('POST', '/attempts/answer', { body: { attempt: asked.attempt.token, code } })
    expect(done).toMatchObject({ status: 'complete', user: { email: victim } })
    expect(done.user.id).not.toBe(made.id)
  })
})

describe('S41: a guest', () => {
  it('takes no address over that somebody has', async () => {
    const email = anAddress()
    await withPassword(email, true)
    const guest = (await ask('POST', '/sign-up/anonymous', { body: {} })) as Body
    const codeChallenge = new URL(nativeStart(world)).searchParams.get('codeChallenge')
    const body = { provider: 'google', codeChallenge, redirectTo: world.app }
    const begun = await ask('POST', '/me/identities', { token: guest.tokens.accessToken, body })
    world.openId.person = there(email)
    const { url } = await createTraveller().go(begun.attempt.step.url, world.app)
    expect(url.searchParams.get('error')).toBe('user_already_exists')
  })
})

describe('S43, S53: gone and banned', () => {
  it('lets nobody banned in, at the callback or at the exchange', async () => {
    const email = anAddress()
    const { user } = (await signInNatively(world, there(email))).body as Body
    const code = (await lead(there(email))).searchParams.get('code') ?? ''
    await admin('PATCH', `/admin/users/${user.id}`, { bannedUntil: '2099-01-01T00:00:00Z' })
    expect((await exchange(world, code)).status).toBeGreaterThanOrEqual(400)
    expect((await lead(there(email))).searchParams.get('error')).toBe('user_banned')
  })

  it('makes a new account for the identity of a deleted one', async () => {
    const email = anAddress()
    const { user } = (await signInNatively(world, there(email))).body as Body
    await admin('DELETE', `/admin/users/${user.id}`)
    const again = (await signInNatively(world, there(email))).body as Body
    expect(again.isNewUser).toBe(true)
    expect(again.user.id).not.toBe(user.id)
  })
})

describe('S42: the caller', () => {
  it('does not supply the identity', async () => {
    const email = anAddress()
    world.openId.person = there(email)
    const forged = { email: 'root@example.test', email_verified: 'true', user_id: 'x', sub: 'x', app_metadata: '{}' }
    const { url } = await createTraveller().go(nativeStart(world, forged), world.app)
    const { body } = await exchange(world, url.searchParams.get('code') ?? '')
    expect((body as Body).user).toMatchObject({ email, appMetadata: {} })
  })
})

describe('S142: doubles, on PostgreSQL', () => {
  it('makes one account of many first sign-ins at the same time, with an address or without', async () => {
    const doubled = await startSocial({ providers: { google: { emailOptional: true } } }, { database: 'postgres' })
    try {
      for (const person of [there(anAddress()), { sub: 'without-address' }]) {
        doubled.openId.person = person
        const halfway = await Promise.all(
          Array.from({ length: 12 }, async () => {
            const browser = createTraveller()
            return { browser, ...(await browser.go(nativeStart(doubled), `${doubled.origin}/v1/callback`)) }
          }),
        )
        const ends = await Promise.all(halfway.map(({ browser, url }) => browser.go(url.href, doubled.app)))
        const done = await Promise.all(ends.map(({ url }) => exchange(doubled, url.searchParams.get('code') ?? '')))
        expect(done.map(({ status }) => status)).toEqual(done.map(() => 200))
        expect(new Set(done.map(({ body }) => (body as Body).user.id)).size).toBe(1)
      }
    } finally {
      await doubled.close()
    }
  })
})
