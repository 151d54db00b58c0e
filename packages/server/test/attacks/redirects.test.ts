import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { doorNamed } from './wire/doors.ts'
import { aPerson, pkcePair } from './wire/people.ts'
import { send, verdict } from './wire/send.ts'

const site = 'https://app.good.test'
const listed = [
  'https://good.test/back',
  'https://*.apps.good.test/cb',
  'https://good.test/area/*',
  'myapp://callback',
  'http://127.0.0.1/cb',
]
let world: World

beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: site, redirectUrls: listed } })
})
afterAll(() => world.close())

/** Places that look like a listed one and are none. */
const traps: readonly string[] = [
  '//evil.test',
  '///evil.test',
  '/\\evil.test',
  '\\\\evil.test',
  'https:evil.test',
  'https:/evil.test',
  'https:\\\\evil.test',
  'https://good.test@evil.test',
  'https://good.test:x@evil.test/back',
  'https://good.test.evil.test/back',
  'https://evilgood.test/back',
  'https://good.test\\@evil.test/back',
  'https://good.test%2f@evil.test/back',
  'https://good.test%40evil.test/back',
  'https://evil.test/https://good.test/back',
  'https://evil.test#https://good.test/back',
  'https://evil.test?https://good.test/back',
  'https://evil.test\\.good.test/back',
  'https://a.b.apps.good.test/cb',
  'https://evil.test/x.apps.good.test/cb',
  'https://evil.test%2f.apps.good.test/cb',
  'https://.apps.good.test/cb',
  'https://apps.good.test/cb',
  'javascript:alert(1)',
  'javascript://good.test/back%0aalert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'blob:https://good.test/x',
  'file:///etc/passwd',
  'https://good.test/../x',
  'https://good.test/back/../../x',
  'https://good.test/back/..;/x',
  'https://good.test/area/..%2f..%2fx',
  'https://good.test/area/%2e%2e/x',
  'https://good.test/area/a/b',
  'https://good.test/back%2f..%2fx',
  'https://good.test/%62ack2',
  'https://good.test/BACK',
  'https://good.test/back2',
  'https://good.te\tst/elsewhere',
  'https://evil\n.test/back',
  'java\nscript:alert(1)',
  ' https://evil.test',
  'https://good.test:8443/back',
  'http://good.test/back',
  'ftp://good.test/back',
  'https://good.test%252fevil.test/back',
  'https%3A%2F%2Fevil.test',
  'https://2130706433/cb',
  'http://2130706433/cb',
  'http://0177.0.0.1/cb',
  'http://0x7f.1/cb',
  'http://127.1/cb2',
  'http://[::ffff:127.0.0.1]/cb2',
  'http://127.0.0.1.evil.test/cb',
  'http://127.0.0.1@evil.test/cb',
  'http://evil.test:127.0.0.1/cb',
  'https://user:pass@good.test/back',
  'https://good.test/back\u2028',
  'https://ｅvil.test/back',
  'https://good。test.evil.test/back',
  'https://xn--good-xx.test/back',
  'myapp://callback.evil.test',
  'myapp://evil',
  'myapp:callback',
  'myappx://callback',
  '*',
  'null',
  'undefined',
  '{}',
  `https://good.test/back?${'a'.repeat(3_000)}`,
]

describe('redirects only to listed places', () => {
  it('S69 a place that is not listed is never reached, in the Supabase dialect: the site is', async () => {
    const door = doorNamed('supabase', world)
    const person = await aPerson(world)
    const pair = pkcePair()
    for (const trap of traps) {
      await world.inbox.clear()
      const query = `redirect_to=${encodeURIComponent(trap)}`
      const headers = { referer: 'https://evil.test/page' }
      const begun = await door.call(`/recover?${query}`, {
        json: { email: person.email, code_challenge: pair.challenge, code_challenge_method: 's256' },
        headers,
      })
      expect([200, 400], `${trap} ${begun.text}`).toContain(begun.status)
      if (begun.status === 400) continue
      const { link } = await world.inbox.waitFor(person.email, 'recovery')
      const mailed = new URL(link ?? '')
      expect(mailed.origin, trap).toBe(world.config.settings.publicUrl)
      expect(mailed.searchParams.get('redirect_to') ?? site, trap).toMatch(/^https:\/\/app\.good\.test/)
      // The link again, its target put back by whoever holds it.
      mailed.searchParams.set('redirect_to', trap)
      const opened = await send(world.url + mailed.pathname + mailed.search, { headers })
      const location = opened.headers.get('location')
      expect(opened.status, trap).toBe(303)
      expect(new URL(location ?? '').origin, `${trap} → ${location}`).toBe(site)
    }
  })

  it('S69 nor after a refusal', async () => {
    for (const trap of traps) {
      const reply = await send(
        `${world.url}/auth/v1/verify?token=nonsense&type=recovery&redirect_to=${encodeURIComponent(trap)}`,
      )
      expect(reply.status).toBe(303)
      expect(new URL(reply.headers.get('location') ?? '').origin, trap).toBe(site)
      const link = await send(
        `${world.url}/v1/links?token=nonsense&redirectTo=${encodeURIComponent(trap)}&redirect_to=${encodeURIComponent(trap)}`,
      )
      expect(link.text).not.toContain('evil.test')
      expect(link.headers.get('location') ?? site).toMatch(/^https:\/\/app\.good\.test/)
    }
  })

  it('S69 the native dialect refuses to begin with such a place', async () => {
    const door = doorNamed('native', world)
    const person = await aPerson(world)
    const codeChallenge = pkcePair().challenge
    for (const trap of traps) {
      const reply = await door.call('/recovery', { json: { email: person.email, redirectTo: trap, codeChallenge } })
      expect(verdict(reply), trap).toMatch(/^400 (redirect_not_allowed|validation_failed)$/)
    }
    for (const odd of [['https://good.test/back'], { href: 'https://good.test/back' }, 7, true])
      expect(
        (await door.call('/recovery', { json: { email: person.email, redirectTo: odd, codeChallenge } })).status,
      ).toBe(400)
    expect(await world.inbox.staysEmpty(person.email)).toBe(true)
  })

  it('S69 listed places are reached, by both', async () => {
    for (const place of [
      'https://good.test/back',
      'https://one.apps.good.test/cb',
      'https://good.test/area/x',
      'myapp://callback',
      'http://127.0.0.1/cb',
      'http://127.0.0.1:49152/cb',
    ]) {
      for (const name of ['native', 'supabase'] as const) {
        const door = doorNamed(name, world)
        const person = await aPerson(world)
        const { challenge } = pkcePair()
        if (name === 'native')
          await door.call('/recovery', { json: { email: person.email, redirectTo: place, codeChallenge: challenge } })
        else
          await door.call(`/recover?redirect_to=${encodeURIComponent(place)}`, {
            json: { email: person.email, code_challenge: challenge, code_challenge_method: 's256' },
          })
        const { link } = await world.inbox.waitFor(person.email, 'recovery')
        const location = (await door.openLink(link ?? '')).headers.get('location') ?? ''
        expect(location.startsWith(place), `${name} ${place} → ${location}`).toBe(true)
      }
    }
  })
})
