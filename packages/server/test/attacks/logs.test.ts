import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Door } from './wire/door.ts'
import { doorsOf } from './wire/doors.ts'
import { type LoggedServer, startLoggedServer } from './wire/logged-server.ts'
import { freshEmail, pkcePair, returnCode } from './wire/people.ts'
import { raw, requestText } from './wire/raw.ts'
import { at, type Reply, send } from './wire/send.ts'

const metricsToken = 'M3tr1cs-T0ken-9fKq2LxV8nTbY6wKdGm2Pf9J'
let server: LoggedServer
const secrets = new Set<string>()
const addresses = new Set<string>()

beforeAll(async () => {
  server = await startLoggedServer({ metrics: { token: metricsToken }, emailChange: { bothAgree: false } })
})
afterAll(() => server.close())

const keep = (...values: readonly unknown[]) => {
  for (const value of values) if (typeof value === 'string' && value.length >= 6) secrets.add(value)
}

/** Notes every secret that an answer hands out. */
function collect(reply: Reply): Reply {
  keep(
    at(reply.body, 'tokens', 'accessToken'),
    at(reply.body, 'tokens', 'refreshToken'),
    at(reply.body, 'attempt', 'token'),
  )
  keep(
    at(reply.body, 'access_token'),
    at(reply.body, 'refresh_token'),
    at(reply.body, 'hashed_token'),
    at(reply.body, 'email_otp'),
  )
  for (const cookie of reply.headers.getSetCookie()) keep(/=([^;]+)/.exec(cookie)?.[1])
  const location = reply.headers.get('location')
  if (location !== null) keep(new URL(location).searchParams.get('code'))
  return reply
}

async function mail(to: string, template?: string) {
  const message = await server.inbox.waitFor(to, template)
  keep(message.code, message.link === null ? undefined : new URL(message.link).searchParams.get('token'))
  return { code: message.code ?? '', link: message.link ?? '' }
}

/** Everything a person and an attacker do, with marked secrets. */
async function everything(door: Door, mark: string): Promise<void> {
  const email = freshEmail(`marked-${mark}`)
  addresses.add(email)
  const password = `MARKED ${mark} password kettle 7`
  const next = `MARKED ${mark} second password 8`
  keep(password, next)
  const headers = {
    'user-agent': `Agent \u001b[31mred ${mark}`.replaceAll('\u001b', '%1b'),
    'sec-fetch-site': 'same-origin',
    cookie: `session=MARKED-COOKIE-${mark}`,
  }
  keep(`MARKED-COOKIE-${mark}`)
  const begun = collect(
    await door.signUp(email, password, { note: `MARKED-METADATA-${mark}\n\u001b[31m{"level":"fatal"}` }),
  )
  collect(await door.confirm(begun, email, '000000'))
  const me = door.held(collect(await door.confirm(begun, email, (await mail(email, 'sign_up')).code)))
  collect(await door.signIn(email, `wrong ${password}`, { headers }))
  const held = door.held(collect(await door.signIn(email, password, { headers })))
  const pair = pkcePair()
  keep(pair.verifier)
  collect(await door.requestCode(email, pair.challenge))
  const opened = collect(await door.openLink((await mail(email, 'sign_in')).link))
  const code = returnCode(opened.headers.get('location')) ?? ''
  collect(await door.exchange(code, pair.verifier))
  collect(await door.exchange(code, pair.verifier))
  const renewed = door.held(collect(await door.refresh(held.refresh)))
  await door.refresh(renewed.refresh)
  collect(await door.refresh(held.refresh))
  collect(await door.changePassword(me.access, next, password))
  collect(await door.changePassword(me.access, next, `wrong ${next}`))
  const moved = freshEmail(`moved-${mark}`)
  addresses.add(moved)
  await door.changeEmail(me.access, moved)
  await mail(moved, 'email_change')
  const recovery = collect(await door.recover(email))
  collect(await door.answerRecovery(recovery, email, (await mail(email, 'recovery')).code))
  collect(await door.me(`${me.access}x`))
  collect(await door.admin('/users', { json: { email: freshEmail('by-admin'), password: `${password} admin` } }))
  collect(await door.admin('/users', { bearer: `wws_${mark.repeat(8)}MARKEDKEY` }))
  keep(`wws_${mark.repeat(8)}MARKEDKEY`)
  if (door.name === 'supabase') collect(await door.admin('/generate_link', { json: { type: 'recovery', email } }))
  collect(await door.remove(me.userId, 'hard'))
}

function expectClean(text: string, what: string): void {
  for (const secret of secrets) expect(text.includes(secret), `${what} holds ${secret.slice(0, 12)}…`).toBe(false)
  for (const secret of [server.secretKey, metricsToken]) expect(text.includes(secret), what).toBe(false)
  expect(text, what).not.toMatch(/\$argon2id\$v=19\$m=\d+/)
  expect(text, what).not.toMatch(/MARKED/)
  for (const address of addresses) expect(text.includes(address), `${what} holds ${address}`).toBe(false)
}

describe('logs hold no secrets and no tricks', () => {
  it('S126 whatever people do, at the most talkative level', async () => {
    for (const door of doorsOf(server)) await everything(door, door.name)
    expect(secrets.size).toBeGreaterThan(40)
    expectClean(server.lines.join(''), 'the log')
  })

  it('S126 whatever the wire brings', async () => {
    for (const path of ['/v1/me', '/auth/v1/user', '/nothing'])
      for (const bearer of ['MARKED-BEARER', 'MARKED.MARKED.MARKED']) {
        keep(bearer)
        await raw(
          server.url,
          requestText('GET', `${path}?token=MARKED-QUERY&password=MARKED-PASSWORD`, {
            Authorization: `Bearer ${bearer}`,
            Connection: 'close',
          }),
        )
        await raw(
          server.url,
          requestText(
            'POST',
            path,
            {
              Authorization: bearer,
              'User-Agent': 'x'.repeat(10_000),
              'content-type': 'application/json',
              Connection: 'close',
            },
            '{"password":"MARKED-BODY',
          ),
        )
      }
    await raw(server.url, 'MARKED-GARBAGE\r\nAuthorization: MARKED\r\n\r\n')
    expectClean(server.lines.join(''), 'the log')
  })

  it('S126 when something breaks inside', async () => {
    const broken = await startLoggedServer()
    try {
      const before = broken.lines.length
      await broken.database.script('drop table auth.audit_events cascade; drop table auth.outbox cascade')
      for (const door of doorsOf(broken)) {
        const email = freshEmail('broken')
        addresses.add(email)
        const replies = [
          await door.signUp(email, 'MARKED broken password 9', { n: 'MARKED' }),
          await door.signIn(email, 'MARKED broken password 9'),
          await door.recover(email),
          await door.requestCode(email),
          await door.admin('/users', { json: { email, password: 'MARKED broken password 9' } }),
        ]
        expect(replies.some(({ status }) => status === 500)).toBe(true)
      }
      const told = broken.lines.slice(before)
      expect(told.some((line) => line.includes('a request failed'))).toBe(true)
      expectClean(told.join(''), 'the log of failures')
    } finally {
      await broken.close()
    }
  })

  it('S126 when mail cannot leave', async () => {
    const refusing = createServer((socket) => socket.end('554 no MARKED service\r\n')).listen(0, '127.0.0.1')
    await once(refusing, 'listening')
    const { port } = refusing.address() as { port: number }
    const smtpPassword = 'MARKED-SMTP-PASSWORD'
    const mailing = await startLoggedServer({ mail: { smtpUrl: `smtp://someone:${smtpPassword}@127.0.0.1:${port}` } })
    try {
      keep(smtpPassword)
      const email = freshEmail('mailing')
      addresses.add(email)
      for (const door of doorsOf(mailing)) await door.signUp(email, 'MARKED mailing password 9')
      for (
        let tries = 0;
        tries < 60 && !mailing.lines.some((line) => /deliver|sent|mail|message/.test(line));
        tries += 1
      )
        await new Promise((resolve) => setTimeout(resolve, 50))
      expect(mailing.lines.length).toBeGreaterThan(0)
      const text = mailing.lines.join('').replaceAll('554 no MARKED service', '')
      expectClean(text, 'the log of the deliverer')
    } finally {
      await mailing.close()
      refusing.close()
    }
  })

  it('S126 one JSON line per event, whatever names and devices hold', () => {
    for (const line of server.lines) {
      expect(line.endsWith('\n')).toBe(true)
      const control = [...line.slice(0, -1)].filter((letter) => letter < ' ' || letter === '\u007f')
      expect(control).toEqual([])
      expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), time: expect.any(String) })
      expect(line.length).toBeLessThan(20_000)
    }
  })

  it('S126 metrics count and do not tell', async () => {
    const metrics = await send(`${server.url}/metrics`, { bearer: metricsToken })
    expect(metrics.status).toBe(200)
    expectClean(metrics.text, 'the metrics')
    expect(metrics.text).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-/)
    expect(metrics.text).not.toContain('@')
    for (const bearer of [undefined, 'x', metricsToken.slice(1)])
      expect((await send(`${server.url}/metrics`, { bearer })).status).toBe(404)
  })
})
