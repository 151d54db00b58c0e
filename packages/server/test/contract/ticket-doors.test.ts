import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { later } from '#src/base/duration.ts'
import type { Core } from '#src/core/core.ts'
import type { Purpose } from '#src/core/tickets/ticket.ts'
import type { NewTicket } from '#src/core/tickets/tickets.ts'
import { beginElevation, elevate } from '#src/flows/account/elevate.ts'
import { requireProof } from '#src/flows/account/proof.ts'
import { createUser } from '#src/flows/admin/create-user.ts'
import { addressKey } from '#src/flows/attempt/addresses.ts'
import { verifyCode, verifyLink, verifyTicketCode } from '#src/flows/attempt/verify.ts'
import { exchangeCode, openLink } from '#src/flows/session/exchange-code.ts'
import { refresh } from '#src/flows/session/refresh.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller } from '../world/core.ts'
import { atOnce, type Rooms, startRooms, stores, tally } from './rooms.ts'

const caller = aCaller()
const actor = { type: 'key', id: 'test' } as const
const verifier = 'a-verifier-that-is-long-enough-for-rfc-7636-0123456789'
const challenge = createHash('sha256').update(verifier).digest('base64url')
const mailed = ['sign_up', 'sign_in', 'recovery', 'invite', 'email_change', 'email_change_current'] as const
type Mailed = (typeof mailed)[number]

describe.each(stores)('the doors of tickets on the %s store', (kind) => {
  const world: { rooms?: Rooms; people: number } = { people: 0 }
  const rooms = (): Rooms => {
    if (world.rooms === undefined) throw new Error('not started')
    return world.rooms
  }
  const core = (): Core => rooms().core
  const side = (index: number): Core => (index % 2 === 0 ? core() : rooms().other)
  beforeAll(async () => {
    world.rooms = await startRooms(kind)
  })
  afterAll(() => world.rooms?.close())

  const addressFor = ({ email }: { email: string | null }, purpose: string) => ({
    email: `${purpose === 'email_change' ? 'next' : ''}${email}`,
  })
  const issue = (user: { id: string; email: string | null }, purpose: NewTicket['purpose']) =>
    core().tickets.issue({
      purpose,
      subject: user.id,
      userId: user.id,
      addressKey: addressKey(core(), addressFor(user, purpose)),
      link: true,
      code: { length: 6, seconds: 600 },
      seconds: 600,
      payload: { channel: 'email', codeChallenge: challenge, bothAgree: false },
    })
  const person = async () => {
    world.people += 1
    const email = `person${world.people}@example.test`
    const made = await createUser(core(), caller, actor, { email, emailConfirmed: true, way: 'admin' })
    const user = (await core().users.update(made.id, { pendingEmail: `next${email}` })) ?? made
    const opened = await core().sessions.open({
      userId: user.id,
      dialect: 'test',
      aal: 'aal1',
      amr: [],
      userAgent: null,
      ip: null,
    })
    return { user, ...opened }
  }
  /** Somebody for whom a ticket of every kind is out. */
  const everything = async () => {
    const who = await person()
    const issued = new Map<Purpose, Awaited<ReturnType<typeof issue>>>()
    for (const purpose of mailed) {
      // A change of address asks one side at a time here, so that each ticket alone is worth something.
      if (purpose !== 'email_change_current') issued.set(purpose, await issue(who.user, purpose))
    }
    issued.set('reauthentication', await issue(who.user, 'reauthentication'))
    const elevation = await core().tickets.issue({
      purpose: 'elevation',
      subject: `${who.user.id}:${who.session.id}`,
      userId: who.user.id,
      sessionId: who.session.id,
      code: { length: 6, seconds: 600 },
      seconds: 600,
      payload: { options: ['email'], channel: 'email' },
    })
    issued.set('elevation', elevation)
    const opened = await openLink(core(), { token: issued.get('recovery')?.link ?? '' })
    return { ...who, issued, elevation, returned: opened.code }
  }
  type Everything = Awaited<ReturnType<typeof everything>>

  /** Every place that takes a secret, by the name of the secret it is for. */
  const doors = (who: Everything): Record<string, (secret: string) => Promise<unknown>> => ({
    ...Object.fromEntries(
      mailed.flatMap((purpose) => [
        [
          `${purpose} code`,
          (code: string) =>
            verifyCode(core(), caller, { address: addressFor(who.user, purpose), code, purposes: [purpose] }),
        ],
        [`${purpose} link`, (token: string) => verifyLink(core(), caller, { token, purposes: [purpose] })],
      ]),
    ),
    'reauthentication code': (nonce) => requireProof(core(), caller, { ...who, proof: { nonce } }),
    'elevation code': (code) => elevate(core(), caller, { ...who, ticket: who.elevation.ticket, answer: { code } }),
    'return code': (code) => exchangeCode(core(), caller, { code, verifier }),
    'refresh token': (token) => refresh(core(), caller, token),
    'access token': (token) => core().accessTokens.verify(token),
    attempt: async (token) => {
      if ((await core().tickets.findByAttempt(token)) === undefined) throw new Error('unknown attempt')
    },
    'API key': async (key) => {
      if ((await core().apiKeys.find(key)) === undefined) throw new Error('unknown key')
    },
  })
  const secretsOf = (who: Everything): Record<string, string> => ({
    ...Object.fromEntries(
      [...who.issued].flatMap(([purpose, { code, link }]) => [
        [`${purpose} code`, code ?? ''],
        ...(link === undefined || purpose === 'reauthentication' ? [] : [[`${purpose} link`, link]]),
      ]),
    ),
    'return code': who.returned,
    'refresh token': who.refreshToken,
    attempt: who.issued.get('sign_in')?.attempt ?? '',
  })

  it('open to their own kind of secret and to no other (S24, S61)', async () => {
    const names = Object.keys(secretsOf(await everything()))
    expect(names).toHaveLength(15)
    for (const name of names) {
      const who = await everything()
      const secret = secretsOf(who)[name] ?? ''
      for (const [door, knock] of Object.entries(doors(who))) {
        if (door === name) continue
        // Two codes may be equal by chance; then this is not a foreign one.
        if (secretsOf(who)[door] === secret) continue
        await expect(knock(secret), `${name} at the door for ${door}`).rejects.toThrow()
      }
      const own = doors(who)[name]
      if (own === undefined) throw new Error(name)
      await own(secret).catch((error: unknown) => {
        throw new Error(`${name} at its own door`, { cause: error })
      })
    }
  })

  it('do not take one person’s code with another’s address (S24)', async () => {
    const [ada, bob] = [await everything(), await everything()]
    for (const purpose of ['sign_up', 'sign_in', 'recovery', 'invite'] as const) {
      const [mine, theirs] = [ada.issued.get(purpose)?.code ?? '', bob.issued.get(purpose)?.code]
      if (mine === theirs) continue
      await expect(
        verifyCode(core(), caller, { address: addressFor(bob.user, purpose), code: mine, purposes: [purpose] }),
      ).rejects.toMatchObject({ code: 'otp_expired' })
    }
  })

  describe('let one of fifty through (S23)', () => {
    const facts = async (who: { user: { id: string } }) => {
      const [row] = await rooms().database.query(sql`select
        (select count(*)::int from auth.sessions where user_id = ${who.user.id}) as sessions,
        (select count(*)::int from auth.audit_events where user_id = ${who.user.id} and action = 'session.opened') as opened`)
      return row
    }
    const purposes: Mailed[] = ['sign_up', 'sign_in', 'recovery', 'invite', 'email_change', 'email_change_current']

    it.each(purposes)('with a code for %s', async (purpose) => {
      const who = await person()
      const { code } = await issue(who.user, purpose)
      const outcomes = await tally(
        atOnce(50, (index) =>
          verifyCode(side(index), caller, {
            address: addressFor(who.user, purpose),
            code: code ?? '',
            purposes: [purpose],
          }),
        ),
      )
      expect(outcomes).toEqual({ ok: 1, otp_expired: 49 })
      const kept = purpose === 'recovery' || purpose.startsWith('email') ? 1 : 2
      expect(await facts(who)).toEqual({ sessions: kept, opened: 1 })
    })

    it.each(purposes)('with a link for %s', async (purpose) => {
      const who = await person()
      const { link } = await issue(who.user, purpose)
      const outcomes = await tally(
        atOnce(50, (index) => verifyLink(side(index), caller, { token: link ?? '', purposes: [purpose] })),
      )
      expect(outcomes).toEqual({ ok: 1, otp_expired: 49 })
      const kept = purpose === 'recovery' || purpose.startsWith('email') ? 1 : 2
      expect(await facts(who)).toEqual({ sessions: kept, opened: 1 })
    })

    it('with a code for a new account', async () => {
      world.people += 1
      const address = { email: `person${world.people}@example.test` }
      const { sendSignInCode } = await import('#src/flows/sign-in/with-code.ts')
      await sendSignInCode(core(), caller, { address, createUser: true, about: {}, back: {} })
      const { code = '' } = await rooms().mailTo(address.email)
      const outcomes = await tally(
        atOnce(50, (index) => verifyCode(side(index), caller, { address, code, purposes: ['sign_in'] })),
      )
      expect(outcomes).toEqual({ ok: 1, otp_expired: 49 })
      const user = await core().users.findByAddress(address)
      expect(await facts({ user: { id: user?.id ?? '' } })).toEqual({ sessions: 1, opened: 1 })
    })

    it('with a code typed into an attempt', async () => {
      const who = await person()
      const { code, ticket } = await issue(who.user, 'sign_in')
      const outcomes = await tally(
        atOnce(50, (index) => verifyTicketCode(side(index), caller, { ticket, code: code ?? '' })),
      )
      expect(outcomes).toEqual({ ok: 1, otp_expired: 49 })
    })

    it('with a code for a sensitive change', async () => {
      const who = await person()
      const { code } = await issue(who.user, 'reauthentication')
      const outcomes = await tally(
        atOnce(50, (index) => requireProof(side(index), caller, { ...who, proof: { nonce: code ?? '' } })),
      )
      expect(outcomes).toEqual({ ok: 1, reauthentication_not_valid: 49 })
    })

    it('with a proof inside a session', async () => {
      const who = await person()
      const { ticket } = await beginElevation(core(), who)
      const recoded = await core().tickets.recode(ticket.id, { length: 6, seconds: 600 }, false)
      const outcomes = await tally(
        atOnce(50, (index) => elevate(side(index), caller, { ...who, ticket, answer: { code: recoded?.code ?? '' } })),
      )
      expect(outcomes['ok']).toBe(1)
      expect(Object.keys(outcomes).sort()).toEqual(expect.arrayContaining(['ok', 'otp_expired']))
      await expect(refresh(core(), caller, who.refreshToken)).rejects.toMatchObject({ code: 'refresh_token_not_found' })
    })

    it('with a return code, and then end what it opened, since somebody else had it (S68)', async () => {
      const who = await person()
      const { link } = await issue(who.user, 'sign_in')
      const { code } = await openLink(core(), { token: link ?? '' })
      const outcomes = await tally(atOnce(50, (index) => exchangeCode(side(index), caller, { code, verifier })))
      expect(outcomes).toEqual({ ok: 1, flow_state_already_used: 49 })
      expect(await facts(who)).toEqual({ sessions: 1, opened: 1 })
    })
  })

  describe('of links that lead to a return code', () => {
    it('harm nobody when a scanner opens them first (S26)', async () => {
      const who = await person()
      const { link, ticket } = await issue(who.user, 'sign_in')
      const opened = []
      for (const _ of [1, 2, 3, 4, 5]) opened.push(await openLink(core(), { token: link ?? '' }))
      const last = await openLink(core(), { token: link ?? '' })
      expect(new Set([...opened, last].map(({ code }) => code)).size).toBe(6)
      expect((await core().tickets.findById(ticket.id))?.linkOpenedAt).toEqual(expect.any(Date))
      expect(await exchangeCode(core(), caller, { code: last.code, verifier })).toMatchObject({ kind: 'complete' })
      for (const { code } of opened)
        await expect(exchangeCode(core(), caller, { code, verifier })).rejects.toMatchObject({
          code: 'flow_state_not_found',
        })
      await expect(openLink(core(), { token: link ?? '' })).rejects.toMatchObject({ code: 'otp_expired' })
    })

    it('burn a code that comes with a wrong verifier, and no other (S67, S68)', async () => {
      const who = await person()
      const { link } = await issue(who.user, 'sign_in')
      const wrongs = [
        verifier.slice(0, 42),
        `${verifier}x`,
        challenge,
        '',
        'x'.repeat(129),
        `${verifier.slice(0, -1)}ß`,
      ]
      for (const wrong of wrongs) {
        const { code } = await openLink(core(), { token: link ?? '' })
        await expect(exchangeCode(core(), caller, { code, verifier: wrong })).rejects.toMatchObject({
          code: 'bad_code_verifier',
        })
        await expect(exchangeCode(core(), caller, { code, verifier })).rejects.toMatchObject({
          code: 'flow_state_already_used',
        })
      }
      const { code } = await openLink(core(), { token: link ?? '' })
      expect(await exchangeCode(core(), caller, { code, verifier })).toMatchObject({ kind: 'complete' })
    })

    it('end a session when its code is used a second time (S68)', async () => {
      const who = await person()
      const { link } = await issue(who.user, 'sign_in')
      const { code } = await openLink(core(), { token: link ?? '' })
      const verified = await exchangeCode(core(), caller, { code, verifier })
      if (verified.kind !== 'complete') throw new Error(verified.kind)
      const { session, refreshToken, user } = verified.grant
      await expect(exchangeCode(core(), caller, { code, verifier })).rejects.toMatchObject({
        code: 'flow_state_already_used',
      })
      expect(await core().sessions.findLive(session.id, user.id)).toBeUndefined()
      await expect(refresh(core(), caller, refreshToken)).rejects.toMatchObject({ code: 'refresh_token_not_found' })
      expect(await core().audit.list({ sessionId: session.id, action: 'session.replayed' }, { limit: 9 })).toHaveLength(
        1,
      )
      expect(await core().sessions.findLive(who.session.id, user.id)).toBeDefined()
    })

    it('give five minutes, and no longer than the code is good for (S68)', async () => {
      const who = await person()
      const { link } = await issue(who.user, 'sign_in')
      const [late, inTime] = [
        await openLink(core(), { token: link ?? '' }),
        await openLink(core(), { token: link ?? '' }),
      ]
      const began = rooms().now()
      rooms().clock.move(299)
      expect(await exchangeCode(core(), caller, { code: inTime.code, verifier })).toMatchObject({ kind: 'complete' })
      const again = await issue(who.user, 'sign_in')
      const second = await openLink(core(), { token: again.link ?? '' })
      rooms().clock.move(301)
      expect(rooms().now() > later(began, 600)).toBe(true)
      for (const { code } of [late, second])
        await expect(exchangeCode(core(), caller, { code, verifier })).rejects.toMatchObject({
          code: 'flow_state_not_found',
        })
    })
  })
})
