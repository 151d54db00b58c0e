import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createUser } from '#src/flows/admin/create-user.ts'
import { refresh } from '#src/flows/session/refresh.ts'
import { signInWithPassword } from '#src/flows/sign-in/with-password.ts'
import { signUpWithPassword } from '#src/flows/sign-up/with-password.ts'
import { aCaller } from '../../world/core.ts'
import { type Rooms, startRooms } from '../rooms.ts'
import { halfThings } from './half-things.ts'

/** A way to break a whole, and what it is then called. */
const breaks = {
  'delete from auth.identities': 'an account without the identity of its address',
  'delete from auth.refresh_tokens where used_at is null': 'a session without exactly one refresh token that works',
  'delete from auth.sessions': 'a session that was opened, not ended, and is not there',
  'delete from auth.tickets': 'a sign-up mail without what answers it',
  'delete from auth.outbox': 'a sign-up that waits for an answer without its mail',
  'delete from auth.users': 'an account written down as made or deleted that is not, or is',
  'update auth.users set email_confirmed_at = null': 'a session of somebody who never proved the address',
  'alter table auth.audit_events disable trigger user; delete from auth.audit_events':
    'a session whose opening is not written down',
}

describe('the search for half things', () => {
  const world: { rooms?: Rooms } = {}
  const caller = aCaller()
  const password = 'seven quiet otters'
  beforeAll(async () => {
    world.rooms = await startRooms('embedded')
    const { core } = world.rooms
    const address = { email: 'ada@example.test' }
    const actor = { type: 'key', id: 'test' } as const
    await createUser(core, caller, actor, { ...address, password, emailConfirmed: true, way: 'admin' })
    const outcome = await signInWithPassword(core, caller, { address, password })
    if (outcome.kind === 'complete') await refresh(core, caller, outcome.grant.refreshToken)
    await signUpWithPassword(core, caller, { address: { email: 'bea@example.test' }, password, about: {}, back: {} })
  })
  afterAll(() => world.rooms?.close())

  it('finds nothing where all is whole', async () => {
    expect(world.rooms && (await halfThings(world.rooms.database))).toEqual({})
  })

  it.each(Object.entries(breaks))('finds what is left after %s', async (breaking, name) => {
    const { database } = world.rooms ?? {}
    if (database === undefined) throw new Error('not started')
    const found: string[] = []
    const undo = new Error('undo')
    await database
      .transaction(async (tx) => {
        for (const text of breaking.split('; ')) await tx.query({ text, values: [], name: text.slice(0, 60) })
        found.push(...Object.keys(await halfThings(tx)))
        throw undo
      })
      .catch((error: unknown) => {
        if (error !== undo) throw error
      })
    expect(found).toContain(name)
  })
})
