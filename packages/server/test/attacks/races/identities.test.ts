import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Core } from '#src/core/core.ts'
import { unlinkIdentity } from '#src/flows/account/unlink-identity.ts'
import { connect } from '#src/flows/attempt/connect.ts'
import { settleSso } from '#src/flows/sign-in/settle-sso.ts'
import { whileOvertaken } from '#src/flows/steps/while-overtaken.ts'
import { aCaller, type CoreWorld, startCore } from '../../world/core.ts'
import { accountRow, inOrder, outcomeOf } from '../../world/in-order.ts'
import { aFactor, anIdentity, arrivesAs, aUser, freshAddress, now, someHash } from './people.ts'

const caller = aCaller()
const admin = { type: 'admin', id: null } as const

describe('accounts elsewhere, and what happens to the account at once', () => {
  let world: CoreWorld
  let core: Core
  beforeAll(async () => {
    world = await startCore('postgres')
    core = world.core
  })
  afterAll(() => world.close())

  const unlinks = (id: string, identityId: string) => async () =>
    unlinkIdentity(core, caller, { user: await now(core, { id }), identityId, actor: admin })

  it('S40 one that is unlinked while somebody comes with it opens nothing, and is not there again', async () => {
    const user = await aUser(core)
    const { id, subject } = await anIdentity(core, user)
    await anIdentity(core, user, 'github')
    const done = await inOrder(world.database, accountRow(user.id), [
      unlinks(user.id, id),
      () => arrivesAs(core, { subject }),
    ])
    expect(outcomeOf(done[0])).toBeUndefined()
    expect(outcomeOf(done[1])).not.toBe(user.id)
    expect((await now(core, user)).identities.map(({ provider }) => provider)).toEqual(['github'])
    expect(await core.sessions.count(user.id)).toBe(0)
  })

  it('S40 one that is unlinked right after somebody came with it is gone, and so is their session', async () => {
    const user = await aUser(core)
    const { id, subject } = await anIdentity(core, user)
    await anIdentity(core, user, 'github')
    const done = await inOrder(world.database, accountRow(user.id), [
      () => arrivesAs(core, { subject }),
      unlinks(user.id, id),
    ])
    expect(done.map(outcomeOf)).toEqual([user.id, undefined])
    expect((await now(core, user)).identities.map(({ provider }) => provider)).toEqual(['github'])
    expect(await core.sessions.count(user.id)).toBe(0)
  })

  it('S40 of two ways in that are unlinked one after the other the second stays', async () => {
    const user = await aUser(core, { email: null })
    const one = await anIdentity(core, user)
    const two = await anIdentity(core, user, 'github')
    const done = await inOrder(world.database, accountRow(user.id), [
      unlinks(user.id, one.id),
      unlinks(user.id, two.id),
    ])
    expect(done.map(outcomeOf)).toEqual([undefined, { refused: 'single_identity_not_deletable' }])
  })

  it('S40 the only one may go once another is connected, and not before', async () => {
    const connects = (id: string) => async () =>
      core.transaction(async (tx) => {
        const arrival = { provider: 'github', tokens: null, keepsTokens: false, emailOptional: true }
        const profile = { email: null, emailVerified: false, name: null, avatarUrl: null, data: {} }
        const user = await now(core, { id })
        await connect(tx, caller, { user, arrival: { ...arrival, profile: { ...profile, subject: id } } })
      })
    for (const [isFirst, left] of [
      [true, ['github']],
      [false, ['google', 'github']],
    ] as const) {
      const user = await aUser(core, { email: null })
      const { id } = await anIdentity(core, user)
      const works = [connects(user.id), unlinks(user.id, id)]
      await inOrder(world.database, accountRow(user.id), isFirst ? works : works.toReversed())
      expect((await now(core, user)).identities.map(({ provider }) => provider)).toEqual(left)
    }
  })

  it('S32 S34 what a stranger puts on an unproved account while its owner comes goes with the rest', async () => {
    const user = await aUser(core, { emailConfirmedAt: null, passwordHash: someHash })
    const { email } = user
    const done = await inOrder(world.database, accountRow(user.id), [
      () =>
        core.transaction(async (tx) => {
          await tx.users.lock(user.id)
          await anIdentity(tx, user, 'github')
          await aFactor(tx, user)
        }),
      () => arrivesAs(core, { email }),
    ])
    expect(outcomeOf(done[1])).toBe(user.id)
    const left = await now(core, user)
    expect(left.identities.map(({ provider }) => provider)).not.toContain('github')
    expect([left.factors.length, left.hasPassword]).toEqual([0, false])
  })

  it('S83 an identity of an organisation that is taken off while its person comes does not find the account', async () => {
    const at = { id: crypto.randomUUID() }
    const profile = { subject: 'p', email: freshAddress(), emailVerified: true, name: null, avatarUrl: null, data: {} }
    const comes = () => whileOvertaken(core, async (tx) => (await settleSso(tx, caller, { at, profile })).user.id)
    const id = await comes()
    const identity = (await now(core, { id })).identities[0]
    const done = await inOrder(world.database, accountRow(id), [
      () =>
        core.transaction(async (tx) => {
          await tx.users.lock(id)
          await tx.identities.remove(id, identity?.id ?? '')
        }),
      comes,
    ])
    expect(outcomeOf(done[1])).not.toBe(id)
    expect((await now(core, { id })).identities).toEqual([])
  })
})
