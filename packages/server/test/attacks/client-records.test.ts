import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ClientDoor, clientDoorNames, clientDoorsOf } from './tools/client-doors.ts'
import { aFreshAddress } from './tools/people.ts'
import type { Reply } from './tools/reply.ts'
import { send } from './tools/reply.ts'
import { type LoggedServer, startLoggedServer } from './wire/logged-server.ts'

let server: LoggedServer
beforeAll(async () => {
  server = await startLoggedServer({ emailChange: { bothAgree: false }, signUp: { emailConfirmation: true } })
})
afterAll(() => server.close())

const secrets = new Set<string>()
const addresses = new Set<string>()
const keep = (...values: readonly unknown[]) => {
  for (const value of values) if (typeof value === 'string' && value.length >= 6) secrets.add(value)
}

/** Whatever an answer hands out that opens something. */
function collect(reply: Reply): Reply {
  const found = reply.text.matchAll(
    /"(?:accessToken|refreshToken|token|ticket|personalAccessToken|totpSecret)":"([^"]+)"/g,
  )
  for (const [, value] of found) keep(value)
  for (const cookie of reply.headers.getSetCookie()) keep(/=([^;]+)/.exec(cookie)?.[1])
  return reply
}

async function mailed(to: string, template: string): Promise<string> {
  const { link, code } = await server.inbox.waitFor(to, template)
  const place = new URL(link ?? '')
  keep(code, place.searchParams.get('key'), place.searchParams.get('ticket')?.split(':')[1])
  return link ?? ''
}

/** What a person and an attacker do, with marked secrets. */
async function everything(door: ClientDoor): Promise<void> {
  const email = aFreshAddress('marked')
  const moved = aFreshAddress('moved')
  addresses.add(email).add(moved)
  const [password, next] = [`MARKED ${door.name} kettle 7`, `MARKED ${door.name} second 8`]
  const about = door.name === 'nhost' ? { metadata: { note: 'MARKED-NOTE' } } : { note: 'MARKED-NOTE' }
  collect(await door.signUp({ email, password, about }))
  const first = await door.follow(await mailed(email, 'sign_up'))
  keep(first.secret)
  collect(await door.pickUp(first.secret))
  collect(await door.pickUp(`${first.secret ?? ''}x`))
  collect(await door.signIn(email, `wrong ${password}`))
  const signedIn = collect(await door.signIn(email, password))
  const token = door.tokenOf(signedIn) ?? ''
  collect(await door.me(token))
  collect(await door.me(`${token}x`))
  collect(await door.sendLink(email))
  const link = await door.follow(await mailed(email, 'sign_in'))
  keep(link.secret)
  collect(await door.pickUp(link.secret))
  collect(await door.changePassword(token, next, password))
  collect(await door.changePassword(token, `${next} again`, `wrong ${next}`))
  collect(await door.changeEmail(token, moved, next))
  await door.follow(await mailed(moved, 'email_change'))
  collect(await door.recover(moved))
  collect(await door.reset(await mailed(moved, 'recovery'), `${next} third`))
  if (door.name === 'altogic') return
  collect(await door.call(`/signin/provider/google?connect=${token}&state=MARKED-STATE`, { method: 'GET' }))
  collect(await door.call('/signin/provider/google/callback?code=MARKED-CODE&state=MARKED-STATE', { method: 'GET' }))
  const again = door.tokenOf(collect(await door.signIn(moved, `${next} third`))) ?? ''
  const pat = await door.call('/pat', { token: again, body: { expiresAt: new Date(Date.now() + 864e5).toISOString() } })
  collect(pat)
  collect(await door.call('/signin/pat', { body: { personalAccessToken: pat.body['personalAccessToken'] } }))
  collect(await door.call('/mfa/totp/generate', { method: 'GET', token: again }))
}

describe.each(clientDoorNames)('records of what is done through %s', (name) => {
  it('S126 hold no secret and no address, at the most talkative level', async () => {
    await everything(clientDoorsOf(server)[name])
    await send(`${server.url}/auth/v1/token?grant_type=password&password=MARKED-QUERY`, { body: {} })
    expect(secrets.size).toBeGreaterThan(8)
    const text = server.lines.join('')
    for (const secret of secrets) expect(text.includes(secret), `the log holds ${secret.slice(0, 12)}…`).toBe(false)
    for (const address of addresses) expect(text.includes(address), address).toBe(false)
    expect(text).not.toMatch(/MARKED|\$argon2id/)
  })

  it('S127 hold ids and facts, never a secret or an address', async () => {
    const events = await server.core.audit.list({}, { limit: 500 })
    expect(new Set(events.map(({ dialect }) => dialect)).has(name)).toBe(true)
    const text = JSON.stringify(events)
    for (const secret of secrets) expect(text.includes(secret), secret.slice(0, 12)).toBe(false)
    for (const address of addresses) expect(text.includes(address), address).toBe(false)
    expect(text).not.toContain('MARKED')
  })
})
