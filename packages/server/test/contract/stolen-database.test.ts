import { createHash, createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Core } from '#src/core/core.ts'
import { changeEmail } from '#src/flows/account/change-email.ts'
import { changePassword } from '#src/flows/account/change-password.ts'
import { beginElevation, elevate, sendElevationCode } from '#src/flows/account/elevate.ts'
import { reauthenticate } from '#src/flows/account/reauthenticate.ts'
import { recover } from '#src/flows/account/recover.ts'
import { generateLink } from '#src/flows/admin/generate-link.ts'
import { invite } from '#src/flows/admin/invite.ts'
import { verifyCode, verifyLink } from '#src/flows/attempt/verify.ts'
import { exchangeCode, openLink } from '#src/flows/session/exchange-code.ts'
import type { Grant } from '#src/flows/session/open.ts'
import { refresh } from '#src/flows/session/refresh.ts'
import { sendSignInCode } from '#src/flows/sign-in/with-code.ts'
import { signInWithPassword } from '#src/flows/sign-in/with-password.ts'
import { signUpAnonymously } from '#src/flows/sign-up/anonymously.ts'
import { signUpWithPassword } from '#src/flows/sign-up/with-password.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller } from '../world/core.ts'
import { dump } from './dump.ts'
import { type Rooms, startRooms, stores } from './rooms.ts'

const caller = aCaller()
const actor = { type: 'key', id: 'test' } as const
const verifier = 'the-verifier-stays-in-the-browser-0123456789-abcdef'
const challenge = createHash('sha256').update(verifier).digest('base64url')

/** Everything a client or a mail was given on the way through every flow. */
async function runEveryFlow(rooms: Rooms): Promise<{ secrets: Set<string>; codes: Set<string> }> {
  const { core } = rooms
  const [secrets, codes] = [new Set<string>([verifier]), new Set<string>()]
  const mail = async (to: string) => {
    const { code, link, tokenHash } = await rooms.mailTo(to)
    if (code !== undefined) codes.add(code)
    for (const each of [link, tokenHash]) if (each !== undefined) secrets.add(each)
    return { code: code ?? '', token: tokenHash ?? '' }
  }
  const note = (grant: Grant): Grant => {
    for (const each of [grant.refreshToken, grant.accessToken]) secrets.add(each)
    return grant
  }
  const complete = (outcome: { kind: string; grant?: Grant }): Grant => {
    if (outcome.grant === undefined) throw new Error(outcome.kind)
    return note(outcome.grant)
  }
  const [first, second, third] = ['seven quiet otters', 'eight calm herons', 'nine odd gannets']
  for (const each of [first, second, third]) secrets.add(each)
  const address = { email: 'ada@example.test' }

  const signedUp = await signUpWithPassword(core, caller, {
    address,
    password: first,
    about: { displayName: 'Ada' },
    back: { codeChallenge: challenge },
  })
  if (signedUp.kind === 'confirm') secrets.add(signedUp.sent.attempt)
  const { token } = await mail(address.email)
  const opened = await openLink(core, { token })
  secrets.add(opened.code)
  complete(await exchangeCode(core, caller, { code: opened.code, verifier }))
  const grant = complete(await signInWithPassword(core, caller, { address, password: first }))
  note(await refresh(core, caller, note(await refresh(core, caller, grant.refreshToken)).refreshToken))
  await recover(core, caller, { address, back: {} })
  const recovered = complete(await verifyLink(core, caller, { token: (await mail(address.email)).token }))
  await changePassword(core, caller, { ...recovered, password: second, proof: {} })
  await reauthenticate(core, caller, { user: recovered.user, sessionId: recovered.session.id })
  await mail(address.email)
  const elevation = await beginElevation(core, recovered)
  secrets.add(elevation.attempt)
  await sendElevationCode(core, caller, { ticket: elevation.ticket, user: recovered.user, by: 'email' })
  const elevated = await elevate(core, caller, {
    ...recovered,
    ticket: elevation.ticket,
    answer: { code: (await mail(address.email)).code },
  })
  note(elevated)
  await changeEmail(core, caller, { ...elevated, email: 'ada.new@example.test', back: {}, proof: {} })
  await mail(address.email)
  await mail('ada.new@example.test')
  await sendSignInCode(core, caller, { address, createUser: true, about: {}, back: {} })
  await mail(address.email)
  await sendSignInCode(core, caller, {
    address: { email: 'new@example.test' },
    createUser: true,
    about: { displayName: 'New' },
    back: {},
  })
  const fresh = await mail('new@example.test')
  await sendSignInCode(core, caller, {
    address: { email: 'newer@example.test' },
    createUser: true,
    about: {},
    back: {},
  })
  await mail('newer@example.test')
  complete(
    await verifyCode(core, caller, { address: { email: 'new@example.test' }, code: fresh.code, purposes: ['sign_in'] }),
  )
  secrets.add((await invite(core, caller, actor, { email: 'guest@example.test' })).sent.attempt)
  await mail('guest@example.test')
  const made = await generateLink(core, caller, actor, {
    purpose: 'sign_up',
    email: 'made@example.test',
    password: third,
  })
  secrets.add(made.link).add(made.url)
  codes.add(made.code)
  note(await signUpAnonymously(core, caller, {}))
  for (const kind of ['secret', 'publishable'] as const)
    secrets.add((await core.apiKeys.create({ kind, name: kind, scopes: [], origins: [], expiresAt: null })).key)
  await core.idempotency.begin('caller', 'a-key-that-is-not-kept', 'request')
  await core.idempotency.finish('caller', 'a-key-that-is-not-kept', '{"refreshToken":"an-answer-that-is-sealed"}')
  secrets.add('a-key-that-is-not-kept').add('an-answer-that-is-sealed')
  return { secrets, codes }
}

describe.each(stores)('a stolen database of the %s store', (kind) => {
  const world: { rooms?: Rooms; given?: Awaited<ReturnType<typeof runEveryFlow>> } = {}
  const rooms = (): Rooms => {
    if (world.rooms === undefined) throw new Error('not started')
    return world.rooms
  }
  const core = (): Core => rooms().core
  beforeAll(async () => {
    world.rooms = await startRooms(kind)
    world.given = await runEveryFlow(world.rooms)
  })
  afterAll(() => world.rooms?.close())

  it('holds nothing that a client or a mail was given, in any form (S6)', async () => {
    const { secrets, codes } = world.given ?? { secrets: new Set<string>(), codes: new Set<string>() }
    expect(secrets.size).toBeGreaterThan(30)
    expect(codes.size).toBeGreaterThan(8)
    const tables = await dump(rooms().database)
    expect(tables.filter(({ rows }) => rows.length > 0).length).toBeGreaterThan(8)
    const found: string[] = []
    for (const { table, rows: content } of tables)
      for (const row of content) {
        for (const secret of secrets) {
          const bytes = Buffer.from(secret)
          const forms = [
            secret,
            secret.replaceAll('-', ''),
            bytes.toString('hex'),
            bytes.toString('base64').replace(/=+$/, ''),
          ]
          if (forms.some((form) => row.includes(form))) found.push(`${table}: ${secret}`)
        }
        for (const code of codes)
          if (new RegExp(`(?<![0-9a-zA-Z+/])${code}(?![0-9a-zA-Z+/])`).test(row)) found.push(`${table}: code ${code}`)
      }
    expect(found).toEqual([])
  })

  it('shows no address where none has to be read again', async () => {
    const tables = await dump(rooms().database)
    const holders = tables.filter(({ rows: content }) => content.some((row) => row.includes('newer@example.test')))
    expect(holders.map(({ table }) => table)).toEqual([])
    const named = tables.filter(({ rows: content }) => content.some((row) => row.includes('ada@example.test')))
    expect(named.map(({ table }) => table)).toEqual(['identities', 'users'])
  })

  it('does not give away a code to who hashes all of them with what stands beside it (S6)', async () => {
    // Whoever tries a million codes tries the right one too: it is enough that the right one is not found.
    const issued = await core().tickets.issue({
      purpose: 'recovery',
      subject: 'somebody',
      userId: null,
      addressKey: 'a1b2c3',
      code: { length: 6, seconds: 600 },
      seconds: 600,
      link: true,
    })
    const [row] = await rooms().database.query<Record<string, unknown> & { digest: Uint8Array }>(sql`select t.*,
      t.code_digest as digest from auth.tickets t where id = ${issued.ticket.id}`)
    const stored = Buffer.from(row?.digest ?? []).toString('hex')
    expect(stored).toHaveLength(64)
    const beside = Object.values(row ?? {}).flatMap((value) => {
      if (value === null || value === undefined) return []
      if (value instanceof Uint8Array) return [Buffer.from(value), Buffer.from(value).toString('hex')]
      if (value instanceof Date) return [value.toISOString(), String(value.getTime())]
      return [typeof value === 'string' ? value : JSON.stringify(value)]
    })
    const code = issued.code ?? ''
    const numbers = [code, String(Number(code)), `${code}\n`]
    const tries = ['sha1', 'sha224', 'sha256', 'sha384', 'sha512', 'md5'].flatMap((algorithm) =>
      numbers.flatMap((text) => [
        createHash(algorithm).update(text).digest('hex'),
        ...['', ...beside].flatMap((salt) => [
          createHash(algorithm).update(salt).update(text).digest('hex'),
          createHash(algorithm).update(text).update(salt).digest('hex'),
          createHash(algorithm).update(salt).update(':').update(text).digest('hex'),
          createHmac(algorithm, salt).update(text).digest('hex'),
          createHmac(algorithm, text).update(salt).digest('hex'),
        ]),
      ]),
    )
    expect(tries.length).toBeGreaterThan(1_000)
    expect(tries.filter((digest) => digest.startsWith(stored) || stored.startsWith(digest))).toEqual([])
  })

  it('has a different digest for the same code in another ticket', async () => {
    const [row] = await rooms().database.query<{ all: number; distinct: number }>(sql`select count(*)::int as all,
      count(distinct code_digest)::int as distinct from auth.tickets where code_digest is not null`)
    expect(row?.distinct).toBe(row?.all)
    expect(
      core()
        .vault.mac('code', 'one', '123456')
        .equals(core().vault.mac('code', 'two', '123456')),
    ).toBe(false)
    expect(
      core()
        .vault.mac('code', 'one', '1')
        .equals(core().vault.mac('code', 'on', 'e1')),
    ).toBe(false)
  })
})
