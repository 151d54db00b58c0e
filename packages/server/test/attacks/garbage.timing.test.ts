import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { doorNamed } from './wire/doors.ts'
import { signedInAt } from './wire/people.ts'
import { type Sending, send } from './wire/send.ts'

let world: World
let access: string

beforeAll(async () => {
  world = await startWorld({
    config: { redirectUrls: ['https://*.apps.good.test/**', 'https://good.test/a/*/b/*/c/*'] },
  })
  access = (await signedInAt(world, doorNamed('native', world))).access
})
afterAll(() => world.close())

/** The fastest of a few: what the work itself takes, whatever else this machine does. */
async function fastest(url: string, sending: Sending): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 7; round += 1) {
    const reply = await send(url, sending)
    expect(reply.status, `${url.slice(0, 80)} ${reply.text.slice(0, 100)}`).toBeLessThan(500)
    times.push(reply.ms)
  }
  return Math.min(...times)
}

const long = 100 * 1024
const monsters: Readonly<Record<string, string>> = {
  a: 'a'.repeat(long),
  at: '@'.repeat(long),
  brackets: '('.repeat(long),
  spaces: ' '.repeat(long),
  dots: '.'.repeat(long),
  'dotted labels': 'a.'.repeat(long / 2),
  'a@a': 'a@'.repeat(long / 2),
  'long domain': `a@${'a.'.repeat(long / 2)}test`,
  'nearly an address': `${'a'.repeat(64)}@${'b-'.repeat(long / 2)}`,
  digits: `+${'1'.repeat(long)}`,
  slashes: `https://good.test/a/${'x/'.repeat(long / 2)}`,
  dashes: `${'-'.repeat(long)}a`,
  accents: 'e\u0301'.repeat(long / 3),
  escapes: '%25'.repeat(long / 3),
}

describe('nothing that is sent takes long to refuse', () => {
  it('S118 100 KiB in any text field', async () => {
    const fields = {
      '/v1/sign-in/code': ['email', 'locale', 'redirectTo', 'codeChallenge', 'state', 'displayName'],
      '/v1/recovery': ['email', 'phone', 'redirectTo'],
      '/v1/sign-up/password': ['email', 'phone', 'avatarUrl'],
      '/v1/attempts/answer': ['attempt', 'code'],
      '/v1/sessions/refresh': ['refreshToken'],
      '/v1/sessions/exchange': ['code', 'codeVerifier'],
      '/auth/v1/otp': ['email', 'phone', 'code_challenge'],
      '/auth/v1/recover': ['email'],
      '/auth/v1/verify': ['email', 'token', 'token_hash', 'type'],
      '/auth/v1/token?grant_type=refresh_token': ['refresh_token'],
    }
    const baseline = await fastest(`${world.url}/v1/recovery`, { json: { email: 'x' } })
    for (const [path, names] of Object.entries(fields))
      for (const name of names)
        for (const [what, text] of Object.entries(monsters)) {
          const took = await fastest(world.url + path, { json: { type: 'signup', [name]: text } })
          expect(took, `${path} ${name} with ${what}`).toBeLessThan(baseline + 50)
        }
  })

  it('S118 in metadata and in headers', async () => {
    const baseline = await fastest(`${world.url}/v1/me`, { bearer: access })
    for (const [what, text] of Object.entries(monsters)) {
      const metadata = { json: { metadata: { text: text.slice(0, 50_000) } }, bearer: access, method: 'PATCH' }
      expect(await fastest(`${world.url}/v1/me`, metadata), what).toBeLessThan(baseline + 50)
      const value = Buffer.from(text).toString('latin1').slice(0, 12_000).trim() || 'x'
      for (const header of [
        'authorization',
        'user-agent',
        'accept-language',
        'cookie',
        'origin',
        'x-forwarded-for',
        'content-type',
        'watchword-key',
        'referer',
        'apikey',
      ])
        expect(await fastest(`${world.url}/v1/me`, { headers: { [header]: value } }), `${header} ${what}`).toBeLessThan(
          baseline + 50,
        )
      const query = encodeURIComponent(text.slice(0, 4_000)).slice(0, 12_000).replace(/%.?$/, '')
      expect(
        await fastest(`${world.url}/auth/v1/verify?type=signup&token=x&redirect_to=${query}`, {}),
        what,
      ).toBeLessThan(baseline + 50)
    }
  })

  it('S118 operators’ patterns are no backtracking expressions', async () => {
    const nasty = await startWorld({
      config: {
        siteUrl: 'https://site.test',
        redirectUrls: ['https://good.test/**/a/**/b/**/c/**/d/**', 'https://good.test/*a*a*a*a*a*a*b'],
      },
    }).catch((error: unknown) => error as Error)
    // Refusing such a pattern at the start is as good.
    if (nasty instanceof Error) {
      expect(nasty.message).toMatch(/redirect/i)
      return
    }
    try {
      const baseline = await fastest(`${nasty.url}/auth/v1/verify?type=signup&token=x`, {})
      for (const path of [`${'a/'.repeat(900)}`, 'a'.repeat(1_900), `${'a/b/c/'.repeat(300)}`]) {
        const place = encodeURIComponent(`https://good.test/${path}`)
        expect(await fastest(`${nasty.url}/auth/v1/verify?type=signup&token=x&redirect_to=${place}`, {})).toBeLessThan(
          baseline + 50,
        )
      }
    } finally {
      await nasty.close()
    }
  })

  it('S65 garbage for a token', async () => {
    const baseline = await fastest(`${world.url}/health`, {})
    const nested = Buffer.from('['.repeat(5_000)).toString('base64url')
    for (const token of [
      '.'.repeat(12_000),
      `${nested}.e30.AA`,
      'a'.repeat(12_000),
      'a.b.c',
      `eyJhbGciOiJFUzI1NiJ9.${'A'.repeat(10_000)}.AA`,
    ])
      for (const path of ['/v1/me', '/auth/v1/user', '/v1/admin/users', '/auth/v1/admin/users'])
        expect(await fastest(world.url + path, { bearer: token }), `${path} ${token.slice(0, 20)}`).toBeLessThan(
          baseline + 50,
        )
  })
})
