import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pkce, type SocialWorld, startSocial } from '../world/social.ts'
import { createTraveller, type Traveller } from '../world/traveller.ts'
import { clientDoorsOf } from './tools/client-doors.ts'
import { doorsOf } from './tools/door.ts'
import { aFreshAddress, aMember, atOnce } from './tools/people.ts'

let world: SocialWorld
beforeAll(async () => {
  world = await startSocial((_openId) => ({ dialects: { altogic: { redirectUrl: 'https://app.example.test/back' } } }))
})
afterAll(() => world.close())

const whoever = (email = aFreshAddress('there')) => ({
  sub: `sub-${crypto.randomUUID()}`,
  email,
  email_verified: true,
  name: 'Ada There',
})
const starts = {
  nhost: () => `${world.origin}/nhost/v1/signin/provider/google?redirectTo=${encodeURIComponent(world.app)}`,
  altogic: () => `${world.origin}/_auth/google`,
} as const
const callbacks = {
  nhost: () => `${world.origin}/nhost/v1/signin/provider/google/callback`,
  altogic: () => `${world.origin}/_auth/google/callback`,
} as const
const names = ['nhost', 'altogic'] as const

/** Signs in at the provider and stops in front of the callback. */
async function toCallback(name: (typeof names)[number], browser: Traveller, more = ''): Promise<URL> {
  world.openId.person = whoever()
  return (await browser.go(starts[name]() + more, callbacks[name]())).url
}
/** What a place brings along that opens something; of a refusal `code` is its name. */
function secretOf({ searchParams }: URL): string | null {
  if (searchParams.has('error')) return null
  return searchParams.get('refreshToken') ?? searchParams.get('access_token') ?? searchParams.get('code')
}
const placeOf = (response: Response): URL => new URL(response.headers.get('location') ?? 'none:')

describe.each(names)('coming back from a provider, through %s', (name) => {
  it('S66 is worth nothing in another browser, and stays good in its own', async () => {
    const [mine, theirs] = [createTraveller(), createTraveller()]
    const url = await toCallback(name, mine)
    await toCallback(name, theirs)
    for (const browser of [createTraveller(), theirs]) {
      const place = placeOf(await browser.fetch(url.href))
      expect(secretOf(place), place.href).toBeNull()
    }
    expect(secretOf(placeOf(await mine.fetch(url.href)))).not.toBeNull()
  })

  it('S66 S23 counts once, of twenty at the same time', async () => {
    const browser = createTraveller()
    const url = await toCallback(name, browser)
    const places = (await atOnce(20, () => browser.fetch(url.href))).map(placeOf)
    expect(places.map(secretOf).filter((secret) => secret !== null)).toHaveLength(1)
    expect(secretOf(placeOf(await browser.fetch(url.href)))).toBeNull()
  })

  it('S73 S66 is answered at its own callback alone', async () => {
    const browser = createTraveller()
    const url = await toCallback(name, browser)
    for (const other of [
      ...names.filter((each) => each !== name).map((each) => callbacks[each]()),
      `${world.origin}/v1/callback/google`,
      `${world.origin}/auth/v1/callback`,
      callbacks[name]().replace('google', 'github'),
    ]) {
      const response = await browser.fetch(other + url.search)
      const location = response.headers.get('location')
      if (location !== null) expect(secretOf(new URL(location)), location).toBeNull()
      else expect(response.status, other).toBeGreaterThanOrEqual(400)
    }
  })

  it('S75 takes none of the protocol’s parameters from whoever begins', async () => {
    const evil = new URLSearchParams({
      client_id: 'evil',
      redirect_uri: 'https://evil.test',
      response_type: 'token',
      nonce: 'chosen',
      code_challenge: 'x',
      scope: 'everything',
      callback: 'https://evil.test',
    })
    const join = name === 'nhost' ? '&' : '?'
    const response = await createTraveller().fetch(`${starts[name]()}${join}${evil}`)
    const at = placeOf(response)
    expect(at.origin).toBe(new URL(world.openId.issuer).origin)
    expect(at.searchParams.get('client_id')).toBe(world.openId.clientId)
    expect(at.searchParams.get('redirect_uri')).toBe(callbacks[name]())
    expect(at.searchParams.get('response_type')).toBe('code')
    expect(at.searchParams.get('nonce')).not.toBe('chosen')
    expect(at.search).not.toMatch(/everything|evil/)
  })

  it('S27 leads back to the configured origin, whatever the headers say', async () => {
    for (const headers of [
      { 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https' },
      { forwarded: 'host=evil.test' },
      { 'x-original-url': 'https://evil.test/' },
    ]) {
      const at = placeOf(await createTraveller().fetch(starts[name](), { headers }))
      expect(at.searchParams.get('redirect_uri')).toBe(callbacks[name]())
    }
  })

  it('S32 S36 S37 an address that a stranger signed up with, or that the provider does not vouch for, is not taken', async () => {
    const email = aFreshAddress('victim')
    const door = clientDoorsOf(world)[name]
    const about = name === 'nhost' ? { displayName: 'Eve', metadata: { planted: 1 } } : { name: 'Eve', planted: 1 }
    await door.signUp({ email, password: 'eight evil magpies', about })
    world.openId.person = whoever(email)
    const { url } = await createTraveller().go(starts[name](), world.app)
    expect(secretOf(url), url.href).not.toBeNull()
    expect((await door.signIn(email, 'eight evil magpies')).status).toBe(401)
    expect(JSON.stringify(await world.core.users.findByAddress({ email }))).not.toMatch(/planted|Eve/)

    const member = await aMember(world, doorsOf(world).native)
    for (const verified of [false, undefined, null, 0, 'false', 1, []]) {
      world.openId.person = { ...whoever(member.email), email_verified: verified }
      const { url: back } = await createTraveller().go(starts[name](), world.app)
      expect(secretOf(back), String(verified)).toBeNull()
    }
    expect((await world.core.users.find(member.id))?.identities).toHaveLength(1)
  })
})

describe('words that no database takes', () => {
  it.each(names)('S74 S145 of a provider are no fault of ours, through %s', async (name) => {
    for (const extra of [{ name: 'A\u0000da' }, { name: 'A\ud800da' }, { picture: 'https://x.test/\u0000' }]) {
      const who = { ...whoever(), ...extra }
      world.openId.person = who
      const { url } = await createTraveller().go(starts[name](), world.app)
      expect(secretOf(url), url.href).not.toBeNull()
      const user = await world.core.users.findByAddress({ email: who.email })
      expect(JSON.stringify(user)).not.toMatch(/\\u0000|\\ud800/)
      if ('name' in extra) expect(user?.displayName).toBe('Ada')
    }
  })

  it('S100 S145 in the address of a sign-in are refused like those of a body', async () => {
    const deep = `{"a":${'['.repeat(2_000)}${']'.repeat(2_000)}}`
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 700 }, (_, at) => [`k${at}`, [1]])))
    for (const metadata of [
      '{"a":"\\u0000"}',
      '{"\\u0000":1}',
      '{"a":"\\ud800"}',
      '{"a":1e400}',
      '{"__proto__":{}}',
      deep,
      '{',
    ])
      expect((await createTraveller().fetch(`${starts.nhost()}&metadata=${encodeURIComponent(metadata)}`)).status).toBe(
        400,
      )
    expect((await createTraveller().fetch(`${starts.nhost()}&metadata=${encodeURIComponent(wide)}`)).status).toBe(302)
  })
})

describe('connecting an account through nhost', () => {
  it('S40 gives whoever follows somebody’s link no way into the other’s account, nor the other into theirs', async () => {
    const nhost = clientDoorsOf(world).nhost
    for (const challenge of ['', `&codeChallenge=${pkce().challenge}`]) {
      const eve = await aMember(world, doorsOf(world).native)
      const token = nhost.tokenOf(await nhost.signIn(eve.email, eve.password)) ?? ''
      world.openId.person = whoever()
      const { url, response } = await createTraveller().go(`${starts.nhost()}&connect=${token}${challenge}`, world.app)
      // They are asked first, or sent home with a code that only the verifier of whoever began makes something of.
      if (challenge === '') expect(response?.headers.get('content-type')).toMatch(/^text\/html/)
      else expect(secretOf(url)).not.toBeNull()
      expect((await world.core.users.find(eve.id))?.identities.map(({ provider }) => provider)).toEqual(['email'])
    }
  })

  it('S61 S104 takes an access token of a person and nothing else', async () => {
    const nhost = clientDoorsOf(world).nhost
    const member = await aMember(world, doorsOf(world).native)
    const reply = await nhost.signIn(member.email, member.password)
    const pat = await nhost.call('/pat', {
      token: nhost.tokenOf(reply),
      body: { expiresAt: new Date(Date.now() + 86_400_000).toISOString() },
    })
    const program = await nhost.call('/signin/pat', {
      body: { personalAccessToken: pat.body['personalAccessToken'] },
    })
    for (const connect of [
      nhost.refreshOf(reply),
      String(pat.body['personalAccessToken']),
      nhost.tokenOf(program),
      world.publishableKey,
      world.secretKey,
      'x.y.z',
    ]) {
      const at = placeOf(
        await createTraveller().fetch(`${starts.nhost()}&connect=${encodeURIComponent(connect ?? '')}`),
      )
      expect([at.origin, at.searchParams.has('error')], at.href).toEqual([new URL(world.app).origin, true])
    }
  })
})

describe('what a provider leads to through altogic', () => {
  it('S68 S23 is good for one session of twenty, for five minutes', async () => {
    const { altogic } = clientDoorsOf(world)
    world.openId.person = whoever()
    const first = secretOf((await createTraveller().go(starts.altogic(), world.app)).url) ?? ''
    const replies = await atOnce(20, () => altogic.pickUp(first))
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1)
    world.openId.person = whoever()
    const second = secretOf((await createTraveller().go(starts.altogic(), world.app)).url) ?? ''
    world.clock.move(301)
    expect((await altogic.pickUp(second)).status).toBe(403)
  })
})
