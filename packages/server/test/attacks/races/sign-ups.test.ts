import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Core } from '#src/core/core.ts'
import type { Ticket } from '#src/core/tickets/ticket.ts'
import type { User } from '#src/core/users/user.ts'
import { generateLink } from '#src/flows/admin/generate-link.ts'
import { invite } from '#src/flows/admin/invite.ts'
import { addressKey } from '#src/flows/attempt/addresses.ts'
import { settleChange } from '#src/flows/attempt/settle-change.ts'
import { finish } from '#src/flows/attempt/verify.ts'
import { sendSignInCode } from '#src/flows/sign-in/with-code.ts'
import { signUpWithPassword } from '#src/flows/sign-up/with-password.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller, type CoreWorld, startCore } from '../../world/core.ts'
import { accountRow, inOrder, outcomeOf } from '../../world/in-order.ts'
import { arrivesAs, aUser, freshAddress, now } from './people.ts'

const caller = aCaller()
const admin = { type: 'admin', id: null } as const
const [theirs, another] = ['nine loud herons', 'seven quiet otters']

/** An address that somebody else takes in a transaction that has not ended: whoever wants it waits. */
const addressTaken = (
  email: string,
) => sql`insert into auth.users (id, email, role, roles, default_role, locale, created_by, created_at, updated_at)
  values (${crypto.randomUUID()}, ${email}, 'authenticated', '{user}', 'user', 'en', '{}', ${new Date()}, ${new Date()})`

describe('one address, and several who come for it at once', () => {
  let world: CoreWorld
  let core: Core
  beforeAll(async () => {
    world = await startCore('postgres')
    core = world.core
  })
  afterAll(() => world.close())

  const signsUp =
    (email: string, password = theirs) =>
    () =>
      signUpWithPassword(core, caller, { address: { email }, password, about: {}, back: {} })

  /** Somebody who signed up and has the mail, and the ticket of it. */
  async function somebodyWaiting(): Promise<{ user: User; email: string; ticket: Ticket }> {
    const email = freshAddress()
    const begun = await signsUp(email)()
    if (begun.kind !== 'confirm') throw new Error('no mail was sent')
    return { user: await now(core, begun.user), email, ticket: begun.sent.ticket }
  }

  const answers = (ticket: Ticket) => () => finish(core, caller, { ticket, via: 'link', more: { bound: true } })

  async function expectTheirs({ id }: User): Promise<void> {
    const record = await core.users.findForSignIn({ id })
    expect(record?.user.emailConfirmedAt).not.toBeNull()
    expect(await core.hasher.verify(record?.passwordHash ?? null, theirs)).toMatchObject({ ok: true })
    expect(await core.sessions.count(id)).toBe(1)
  }

  it('S34 whoever signs up again while the first one proves the address changes nothing', async () => {
    const { user, email, ticket } = await somebodyWaiting()
    const done = await inOrder(world.database, accountRow(user.id), [answers(ticket), signsUp(email, another)])
    expect(outcomeOf(done[1])).toMatchObject({ kind: 'concealed' })
    await expectTheirs(user)
  })

  it('S34 whoever signed up again right before it takes the account with the newest mail alone', async () => {
    const { user, email, ticket } = await somebodyWaiting()
    const done = await inOrder(world.database, accountRow(user.id), [signsUp(email, another), answers(ticket)])
    expect(outcomeOf(done[1])).toEqual({ refused: 'otp_expired' })
    expect(await core.sessions.count(user.id)).toBe(0)
  })

  it('S34 an invitation of somebody who proves the address at this moment is refused, and changes nothing', async () => {
    const { user, email, ticket } = await somebodyWaiting()
    const works = [answers(ticket), () => invite(core, caller, admin, { email })]
    const done = await inOrder(world.database, accountRow(user.id), works)
    expect(outcomeOf(done[1])).toEqual({ refused: 'user_already_exists' })
    await expectTheirs(user)
  })

  it.each(['sign_up', 'invite'] as const)('S34 the same for a link that is made: %s', async (purpose) => {
    const { user, email, ticket } = await somebodyWaiting()
    const done = await inOrder(world.database, accountRow(user.id), [
      answers(ticket),
      () => generateLink(core, caller, admin, { purpose, email, password: another }),
    ])
    expect(outcomeOf(done[1])).toEqual({ refused: 'user_already_exists' })
    await expectTheirs(user)
  })

  it('S142 an invitation that is accepted twice at once opens one session', async () => {
    const email = freshAddress()
    const { user, sent } = await invite(core, caller, admin, { email })
    const done = await inOrder(world.database, accountRow(user.id), [answers(sent.ticket), answers(sent.ticket)])
    expect(done.map(outcomeOf)).toMatchObject([{ kind: 'complete' }, { refused: 'otp_expired' }])
    expect(await core.sessions.count(user.id)).toBe(1)
  })

  it('S142 a password, a code, a provider and an administrator who want one address make one account', async () => {
    for (let turn = 0; turn < 4; turn += 1) {
      const email = freshAddress()
      const { sent } = await sendSignInCode(core, caller, { address: { email }, createUser: true, about: {}, back: {} })
      const works = [
        signsUp(email),
        answers(sent.ticket),
        () => arrivesAs(core, { email }),
        () => invite(core, caller, admin, { email }),
      ]
      const inTurn = works.map((_, at) => works[(at + turn) % works.length] ?? (() => Promise.reject(new Error())))
      const done = await inOrder(world.database, addressTaken(email), inTurn)
      for (const each of done) outcomeOf(each)
      const rows = await core.transaction((tx) => Promise.resolve(tx.users.findByAddress({ email })))
      expect(rows?.email).toBe(email)
      const [counted] = await world.database.query<{ users: number; identities: number }>(sql`select
        (select count(*)::int from auth.users where email = ${email}) as users,
        (select count(*)::int from auth.identities where email = ${email} and provider = 'email') as identities`)
      expect(counted).toEqual({ users: 1, identities: expect.any(Number) })
      expect(counted?.identities).toBeLessThanOrEqual(1)
    }
  })

  it.each(['change first', 'arrival first'])(
    'S36 an address change settles while somebody comes with it: %s',
    async (order) => {
      const [user, email] = [await aUser(core), freshAddress()]
      const issued = await core.transaction(async (tx) => {
        await tx.users.update(user.id, { pendingEmail: email })
        const sentTo = addressKey(tx, { email })
        const change = {
          purpose: 'email_change',
          subject: user.id,
          userId: user.id,
          addressKey: sentTo,
          seconds: 600,
        } as const
        return tx.tickets.issue(change)
      })
      const works = [() => settleChange(core, caller, issued.ticket), () => arrivesAs(core, { email })]
      const done = await inOrder(
        world.database,
        addressTaken(email),
        order === 'change first' ? works : works.toReversed(),
      )
      const [changed, came] = (order === 'change first' ? done : done.toReversed()).map(outcomeOf)
      const moved = (await now(core, user)).email === email
      expect(changed).toMatchObject(moved ? { kind: 'changed' } : { refused: 'user_already_exists' })
      expect(came === user.id).toBe(moved)
    },
  )

  it.each(['sign_in', 'recovery'] as const)(
    'S30 a message sent while the address changes opens nothing: %s',
    async (purpose) => {
      const user = await aUser(core)
      const old = user.email ?? ''
      const { sent } = await sendSignInCode(core, caller, {
        address: { email: old },
        createUser: false,
        about: {},
        back: {},
      })
      // Written right after the change has killed what was out, by whoever looked at the account before it.
      await core.users.update(user.id, { email: freshAddress() })
      await world.database.query(sql`update auth.tickets set purpose = ${purpose} where id = ${sent.ticket.id}`)
      const ticket = await core.tickets.findById(sent.ticket.id)
      if (ticket === undefined) throw new Error('no ticket')
      await expect(answers(ticket)()).rejects.toMatchObject({ code: 'otp_expired' })
      expect(await core.sessions.count(user.id)).toBe(0)
    },
  )
})
