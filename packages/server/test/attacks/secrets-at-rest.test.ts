import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemRuntime } from '#src/base/runtime.ts'
import { drawCode } from '#src/core/tickets/codes.ts'
import { sql } from '#src/storage/sql.ts'
import { startWorld, type World } from '../world/world.ts'
import { doorNames, doorsOf } from './tools/door.ts'
import { dumpDatabase, opens, rowsOf } from './tools/dump.ts'
import { aFreshAddress, aMember, begin, goodPassword, tokensOf } from './tools/people.ts'
import type { Reply } from './tools/reply.ts'

let world: World
beforeAll(async () => {
  world = await startWorld({ config: { redirectUrls: ['https://app.example.test/**'] } })
})
afterAll(() => world.close())

const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

describe('a stolen database', () => {
  it('S6 holds none of the secrets that people and clients saw', async () => {
    const secrets = new Set<string>([goodPassword, world.secretKey])
    const note = (reply: Reply): Reply => {
      for (const text of [reply.tokens?.access, reply.tokens?.refresh, reply.attempt]) if (text) secrets.add(text)
      return reply
    }
    for (const name of doorNames) {
      const door = doorsOf(world)[name]
      const member = await aMember(world, door)
      secrets.add(member.tokens.access).add(member.tokens.refresh)
      note(await door.signIn(member.email, member.password))
      note(await door.refresh(member.tokens.refresh))
      note(await door.guest())
      const flow = await begin(world, door, 'sign_in', member.email)
      note(flow.begun)
      note(await door.type(flow))
      note(await door.sendCode(aFreshAddress()))
      note(await door.recover(member.email, { challenge, redirectTo: 'https://app.example.test/in' }))
      note(await door.changeEmail(tokensOf(await door.signIn(member.email, member.password)).access, aFreshAddress()))
      note(await door.admin.invite(aFreshAddress()))
    }
    await world.watchword.deliverer.drain()
    for (const { link } of await world.inbox.list()) {
      const token = new URL(link ?? 'x:?token=').searchParams.get('token')
      if (token) secrets.add(token.replace(/^(pkce_|wwl_)/, ''))
    }
    expect(secrets.size).toBeGreaterThan(20)
    const dump = await dumpDatabase(world.database)
    const found = [...secrets].filter((secret) =>
      [secret, Buffer.from(secret).toString('base64'), Buffer.from(secret).toString('hex')].some((form) =>
        dump.includes(form),
      ),
    )
    expect(found).toEqual([])
  })

  it('S6 keeps codes under a key that is not in it: no digest with any visible salt gives one away', async () => {
    for (const name of doorNames) {
      const door = doorsOf(world)[name]
      const { email } = await aMember(world, door)
      const { code } = await begin(world, door, 'recovery', email)
      const [row] = (await rowsOf(world.database, 'tickets')).filter(
        (ticket) => ticket['purpose'] === 'recovery' && ticket['spent_at'] === null,
      )
      const fields = Object.entries(row ?? {}).filter(([field, value]) => value !== null && !field.endsWith('_at'))
      const salts = fields.map(([, value]) => String(value))
      expect(salts.length).toBeGreaterThan(5)
      const stored = [row?.['code_digest'], row?.['link_digest'], row?.['payload']].join(' ')
      expect(opens(stored, code, [...salts, email])).toBe(false)
      await world.database.query(sql`delete from auth.tickets where id = ${row?.['id']}`)
    }
  })

  it('S6 seals each value for its own row: moved to another it does not open', async () => {
    const door = doorsOf(world).native
    const [one, other] = [aFreshAddress('one'), aFreshAddress('other')]
    await door.sendCode(one)
    const mine = await world.inbox.waitFor(one)
    const begun = await door.sendCode(other)
    await world.inbox.waitFor(other)
    const kept = (await rowsOf(world.database, 'tickets')).filter((row) => row['payload']?.includes('newAccount'))
    const [first, second] = kept
      .sort((a, b) => String(a['created_at']).localeCompare(String(b['created_at'])))
      .slice(-2)
    await world.database.query(
      sql`update auth.tickets t set payload = o.payload from auth.tickets o where t.id = ${second?.['id']} and o.id = ${first?.['id']}`,
    )
    const code = (await world.inbox.waitFor(other)).code ?? ''
    const answer = await door.type({ kind: 'sign_in', email: other, code, begun })
    expect(answer.tokens).toBeUndefined()
    const users = await world.database.query(sql`select 1 from auth.users where email = ${one} or email = ${other}`)
    expect(users).toEqual([])
    await world.database.query(sql`delete from auth.tickets where id = ${second?.['id']}`)
    // A mail moved to another row of the outbox shows nothing either.
    await world.database.query(
      sql`update auth.outbox o set payload = f.payload from auth.outbox f where f.id = ${mine.id} and o.id <> f.id and o.payload is not null`,
    )
    expect((await world.inbox.list(one)).map(({ id }) => id)).toEqual([mine.id])
  })
})

describe('chance', () => {
  it('S7 codes are spread evenly, leading zeros kept', () => {
    const runtime = systemRuntime()
    const uneven = (): boolean => {
      const bins = new Array<number>(1000).fill(0)
      const draws = 300_000
      let zeros = 0
      for (let turn = 0; turn < draws; turn += 1) {
        const code = drawCode(runtime, 6)
        if (code.length !== 6) throw new Error(`a code of ${code.length} digits`)
        if (code.startsWith('0')) zeros += 1
        const bin = Number(code) % 1000
        bins[bin] = (bins[bin] ?? 0) + 1
      }
      expect(zeros).toBeGreaterThan(draws / 20)
      const expected = draws / 1000
      const chi = bins.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0)
      // The value that 999 degrees of freedom exceed once in a thousand tries.
      return chi > 1142.9
    }
    // One draw in a thousand may look uneven; three in a row do not.
    expect(uneven() && uneven() && uneven()).toBe(false)
  })

  it('S7 no source draws from a guessable generator or compares a secret with ===', () => {
    const source = new URL('../../src/', import.meta.url).pathname
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
    )
    const named = /(?:token|hash|secret|signature|digest|verifier|otp)$/i
    const faults = files.flatMap((file) => {
      const text = readFileSync(join(source, file), 'utf8')
      const compared = [...text.matchAll(/([\w.]+) [!=]== ([\w.]+)/g)].filter(
        ([, left = '', right = '']) =>
          (named.test(left) || named.test(right)) &&
          !/^(undefined|null|true|false|\d+)$/.test(right) &&
          !/(^|\.)(kind|length|type|name)$/.test(left),
      )
      return [
        ...(text.includes('Math.random') ? [`${file}: Math.random`] : []),
        ...compared.map(([line]) => `${file}: ${line}`),
      ]
    })
    expect(faults).toEqual([])
  })
})
