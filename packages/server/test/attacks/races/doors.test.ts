import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { later } from '#src/base/duration.ts'
import type { Core } from '#src/core/core.ts'
import type { User } from '#src/core/users/user.ts'
import { createAccessKey, revokeAccessKeyOf } from '#src/flows/account/access-keys.ts'
import { putPassword } from '#src/flows/account/change-password.ts'
import { updateUser } from '#src/flows/admin/update-user.ts'
import { keepReturn, redeemReturn } from '#src/flows/attempt/provider-return.ts'
import { enter, passSecondFactor } from '#src/flows/session/enter.ts'
import { findPickup, openPickup, redeemPickup } from '#src/flows/session/pickup.ts'
import { refresh } from '#src/flows/session/refresh.ts'
import { signInWithAccessKey } from '#src/flows/sign-in/with-access-key.ts'
import { signInWithPassword } from '#src/flows/sign-in/with-password.ts'
import { dropFactor } from '#src/flows/steps/drop-factor.ts'
import { removeUser } from '#src/flows/steps/remove-user.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller, type CoreWorld, startCore } from '../../world/core.ts'
import { accountRow, inOrder, outcomeOf } from '../../world/in-order.ts'
import { aFactor, anIdentity, arrivesAs, aSession, aUser, now } from './people.ts'

const caller = aCaller()
const stepUp = aCaller({ manners: { ...caller.manners, secondFactor: 'step_up' } })
const admin = { type: 'admin', id: null } as const
const password = 'nine loud herons'

describe('doors, and what happens to whoever is in one', () => {
  let world: CoreWorld
  let core: Core
  const stored = { hash: '' }
  beforeAll(async () => {
    world = await startCore('postgres')
    core = world.core
    stored.hash = await core.hasher.hash(password)
  })
  afterAll(() => world.close())

  const aMember = () => aUser(core, { passwordHash: stored.hash })
  const signsIn =
    ({ email }: User, by = caller) =>
    async () => {
      const outcome = await signInWithPassword(core, by, { address: { email: email ?? '' }, password })
      return outcome.kind
    }
  const factorComes = (user: User) => () =>
    core.transaction(async (tx) => {
      await tx.users.lock(user.id)
      await aFactor(tx, user)
      await tx.sessions.endWithoutFactor(user.id, crypto.randomUUID())
    })
  const sessions = ({ id }: User) => core.sessions.count(id)

  const ends: Record<string, { readonly by: (user: User) => Promise<unknown>; readonly refused: string }> = {
    banned: {
      by: ({ id }) => updateUser(core, caller, admin, { id, change: { bannedUntil: later(core.runtime.now(), 600) } }),
      refused: 'user_banned',
    },
    'deleted, the row kept': {
      by: ({ id }) => removeUser(core, caller, { id, mode: 'soft', actor: admin }),
      refused: 'user_not_found',
    },
    'deleted for good': {
      by: ({ id }) => removeUser(core, caller, { id, mode: 'hard', actor: admin }),
      refused: 'user_not_found',
    },
  }

  it.each(Object.keys(ends))(
    'S53 whoever is %s while signing in has no session, whatever comes first',
    async (name) => {
      const end = ends[name]
      for (const order of ['end first', 'sign-in first'] as const) {
        const byPassword = await aMember()
        const byProvider = await aUser(core)
        const { subject } = await anIdentity(core, byProvider)
        for (const [user, comes] of [
          [byPassword, signsIn(byPassword)],
          [byProvider, () => arrivesAs(core, { subject })],
        ] as const) {
          const works = [() => end?.by(user) ?? Promise.reject(new Error(name)), comes]
          await inOrder(world.database, accountRow(user.id), order === 'end first' ? works : works.toReversed())
          expect(await sessions(user)).toBe(0)
        }
      }
    },
  )

  it('S87 a factor that is proved while somebody signs in is asked for, or ends the session', async () => {
    const user = await aMember()
    const done = await inOrder(world.database, accountRow(user.id), [factorComes(user), signsIn(user)])
    expect(outcomeOf(done[1])).toEqual({ refused: 'conflict' })
    const other = await aMember()
    await inOrder(world.database, accountRow(other.id), [signsIn(other), factorComes(other)])
    expect([await sessions(user), await sessions(other)]).toEqual([0, 0])
    expect(await signsIn(user)()).toBe('pending')
  })

  it('S87 where factors are stepped up to, the session of such a moment has not proved one', async () => {
    const user = await aMember()
    const done = await inOrder(world.database, accountRow(user.id), [factorComes(user), signsIn(user, stepUp)])
    expect(outcomeOf(done[1])).toBe('complete')
    expect((await core.sessions.list(user.id, { limit: 2 })).map(({ aal }) => aal)).toEqual(['aal1'])
  })

  it('S87 a factor that is taken away while somebody signs in is not asked for', async () => {
    const user = await aMember()
    const id = await aFactor(core, user)
    const removed = () =>
      core.transaction(async (tx) => {
        const locked = await tx.users.lock(user.id)
        const factor = locked?.factors.find((each) => each.id === id)
        if (locked !== undefined && factor !== undefined)
          await dropFactor(tx, caller, { user: locked, factor, actor: admin })
      })
    const done = await inOrder(world.database, accountRow(user.id), [removed, signsIn(user)])
    expect(outcomeOf(done[1])).toBe('complete')
  })

  it('S87 a factor that is proved while a followed link is picked up is asked for', async () => {
    const user = await aUser(core)
    const { ticket } = await core.tickets.issue({
      purpose: 'sign_in',
      subject: user.id,
      userId: user.id,
      seconds: 60,
      link: true,
    })
    const pickup = await findPickup(core, (await openPickup(core, caller, ticket)).token)
    const works = [factorComes(user), async () => (await redeemPickup(core, caller, pickup.ticket)).kind]
    const done = await inOrder(world.database, accountRow(user.id), works)
    expect(outcomeOf(done[1])).toBe('pending')
  })

  it('S52 a password that changes while another device refreshes leaves that device nothing', async () => {
    for (const order of ['change first', 'refresh first'] as const) {
      const user = await aMember()
      const [mine, other] = [await aSession(core, user), await aSession(core, user)]
      const works = [
        () => putPassword(core, caller, { user, session: mine.session, passwordHash: 'another hash' }),
        () => refresh(core, caller, other.refreshToken),
      ]
      const row = sql`select id from auth.sessions where id = ${other.session.id} for update`
      const done = await inOrder(world.database, row, order === 'change first' ? works : works.toReversed())
      if (order === 'change first') expect(outcomeOf(done[1])).toEqual({ refused: 'refresh_token_not_found' })
      expect((await core.sessions.list(user.id, { limit: 3 })).map(({ id }) => id)).toEqual([mine.session.id])
    }
  })

  it('S52 a password that changes while the old one signs in lets nobody in', async () => {
    const user = await aMember()
    const mine = await aSession(core, user)
    const done = await inOrder(world.database, accountRow(user.id), [
      () => putPassword(core, caller, { user, session: mine.session, passwordHash: 'another hash' }),
      signsIn(user),
    ])
    expect(outcomeOf(done[1])).toEqual({ refused: 'invalid_credentials' })
    expect(await sessions(user)).toBe(1)
  })

  it('S104 a key that is revoked while it is used opens nothing that lives on', async () => {
    for (const order of ['revoked first', 'used first'] as const) {
      const user = await aMember()
      const { session } = await aSession(core, user)
      const expiresAt = later(core.runtime.now(), 3_600)
      const asked = { user, session, name: 'x', scopes: null, metadata: {}, expiresAt, form: 'prefixed' } as const
      const { key, text } = await createAccessKey(core, caller, asked)
      const works = [
        () => revokeAccessKeyOf(core, caller, { userId: user.id, keyId: key.id }),
        () => signInWithAccessKey(core, caller, { text, renews: true }),
      ]
      const done = await inOrder(
        world.database,
        accountRow(user.id),
        order === 'revoked first' ? works : works.toReversed(),
      )
      if (order === 'revoked first') expect(outcomeOf(done[1])).toEqual({ refused: 'access_key_invalid' })
      expect((await core.sessions.list(user.id, { limit: 3 })).map(({ id }) => id)).toEqual([session.id])
    }
  })

  it('S40 whoever came back from a provider is not let in once the account there is unlinked', async () => {
    const user = await aUser(core)
    const { id: identityId } = await anIdentity(core, user)
    const back = { kind: 'sign_in', provider: 'google', identityId, isNewUser: false, tokens: null } as const
    const { ticket } = await core.transaction((tx) =>
      keepReturn(tx, { user, sessionId: null, waiting: back, payload: {} }),
    )
    await core.identities.remove(user.id, identityId)
    const redeemed = core.transaction(async (tx) =>
      redeemReturn(tx, caller, { ticket, user: await now(tx, user), session: undefined, from: [] }),
    )
    await expect(redeemed).rejects.toMatchObject({ code: 'flow_state_not_found' })
  })

  it('S40 nor when it is unlinked while the second factor is asked for', async () => {
    const user = await aUser(core)
    await aFactor(core, user)
    const { id: identityId } = await anIdentity(core, user)
    const amr = [{ method: 'provider', provider: 'google' }]
    const brought = { provider: 'google', identityId, tokens: null }
    const asked = await core.transaction(async (tx) => enter(tx, caller, { user: await now(tx, user), amr, brought }))
    if (asked.kind !== 'asked') throw new Error('no factor was asked for')
    await core.identities.remove(user.id, identityId)
    const passed = core.transaction(async (tx) =>
      passSecondFactor(tx, caller, {
        ticket: asked.ticket,
        user: await now(tx, user),
        proof: { method: 'totp', provider: null },
      }),
    )
    await expect(passed).rejects.toMatchObject({ code: 'attempt_expired' })
  })
})
