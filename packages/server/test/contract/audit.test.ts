import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Core } from '#src/core/core.ts'
import { changeEmail } from '#src/flows/account/change-email.ts'
import { changePassword, removePassword } from '#src/flows/account/change-password.ts'
import { beginElevation, elevate } from '#src/flows/account/elevate.ts'
import { recover } from '#src/flows/account/recover.ts'
import { removeOwnAccount } from '#src/flows/account/remove.ts'
import { updateProfile } from '#src/flows/account/update-profile.ts'
import { createUser } from '#src/flows/admin/create-user.ts'
import { unlockUser } from '#src/flows/admin/describe-user.ts'
import { generateLink } from '#src/flows/admin/generate-link.ts'
import { importUsers } from '#src/flows/admin/import-users.ts'
import { invite, revokeInvite } from '#src/flows/admin/invite.ts'
import { createApiKey, revokeApiKey } from '#src/flows/admin/manage-keys.ts'
import { signOutUser } from '#src/flows/admin/sign-out-user.ts'
import { updateUser } from '#src/flows/admin/update-user.ts'
import { verifyCode, verifyLink } from '#src/flows/attempt/verify.ts'
import { exchangeCode, openLink } from '#src/flows/session/exchange-code.ts'
import type { Grant } from '#src/flows/session/open.ts'
import { refresh } from '#src/flows/session/refresh.ts'
import { endSession, signOut } from '#src/flows/session/sign-out.ts'
import { sendSignInCode } from '#src/flows/sign-in/with-code.ts'
import { signInWithPassword } from '#src/flows/sign-in/with-password.ts'
import { signUpAnonymously } from '#src/flows/sign-up/anonymously.ts'
import { signUpWithPassword } from '#src/flows/sign-up/with-password.ts'
import { removeUser } from '#src/flows/steps/remove-user.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller } from '../world/core.ts'
import { dump } from './dump.ts'
import { type Rooms, startRooms, stores } from './rooms.ts'

const caller = aCaller({
  ip: '203.0.113.9',
  userAgent: 'Browser/1.0',
  requestId: '01900000-0000-7000-8000-0000000000aa',
})
const actor = { type: 'key', id: 'test' } as const
const password = 'seven quiet otters'
const verifier = 'the-verifier-stays-in-the-browser-0123456789-abcdef'
const challenge = createHash('sha256').update(verifier).digest('base64url')

describe.each(stores)('the audit log on the %s store', (kind) => {
  const world: { rooms?: Rooms; people: number } = { people: 0 }
  const rooms = (): Rooms => {
    if (world.rooms === undefined) throw new Error('not started')
    return world.rooms
  }
  const core = (): Core => rooms().core
  beforeAll(async () => {
    world.rooms = await startRooms(kind)
    await rooms().database.script(`create function auth.refuse_audit() returns trigger language plpgsql as $$
      begin raise exception 'the audit log is full'; end $$;
      create trigger refuse_audit before insert on auth.audit_events for each statement execute function auth.refuse_audit();
      alter table auth.audit_events disable trigger refuse_audit`)
  })
  afterAll(() => world.rooms?.close())

  const person = async (): Promise<Grant & { address: { email: string } }> => {
    world.people += 1
    const address = { email: `person${world.people}@example.test` }
    await createUser(core(), caller, actor, { ...address, password, emailConfirmed: true, way: 'admin' })
    const outcome = await signInWithPassword(core(), caller, { address, password })
    if (outcome.kind !== 'complete') throw new Error(outcome.kind)
    return { ...outcome.grant, address }
  }
  const mailed = async (who: { address: { email: string } }) => {
    await sendSignInCode(core(), caller, {
      address: who.address,
      createUser: true,
      about: {},
      back: { codeChallenge: challenge },
    })
    const { code = '', tokenHash = '' } = await rooms().mailTo(who.address.email)
    return { code, link: tokenHash }
  }
  const stranger = () => {
    world.people += 1
    return { email: `stranger${world.people}@example.test` }
  }

  /** Prepares something, and answers the act that is to be written down: its name, and what does it. */
  const acts: Record<string, () => Promise<() => Promise<unknown>>> = {
    'user.created': async () => () =>
      signUpWithPassword(core(), caller, { address: stranger(), password, about: {}, back: {} }),
    'user.signed_up_again': async () => {
      const { address } = await person()
      return () => signUpWithPassword(core(), caller, { address, password, about: {}, back: {} })
    },
    'session.opened': async () => {
      const { address } = await person()
      return () => signInWithPassword(core(), caller, { address, password })
    },
    'session.opened by code': async () => {
      const who = await person()
      const { code } = await mailed(who)
      return () => verifyCode(core(), caller, { address: who.address, code, purposes: ['sign_in'] })
    },
    'session.opened by link, with a new account': async () => {
      const { link } = await mailed({ address: stranger() })
      return () => verifyLink(core(), caller, { token: link })
    },
    'session.opened by return code': async () => {
      const { link } = await mailed(await person())
      const { code } = await openLink(core(), { token: link })
      return () => exchangeCode(core(), caller, { code, verifier })
    },
    'session.opened by a guest': async () => () => signUpAnonymously(core(), caller, {}),
    'session.refused': async () => {
      const { address } = await person()
      return () =>
        signInWithPassword(core(), caller, { address, password: 'wrong' }).catch((error: { code?: string }) => {
          if (error.code !== 'invalid_credentials') throw error
        })
    },
    'session.replayed': async () => {
      const { refreshToken } = await person()
      await refresh(core(), caller, (await refresh(core(), caller, refreshToken)).refreshToken)
      return () =>
        refresh(core(), caller, refreshToken).catch((error: { code?: string }) => {
          if (error.code !== 'refresh_token_already_used') throw error
        })
    },
    'session.elevated': async () => {
      const who = await person()
      const { ticket } = await beginElevation(core(), who)
      return () => elevate(core(), caller, { ...who, ticket, answer: { password } })
    },
    'session.ended': async () => {
      const { session } = await person()
      return () => signOut(core(), caller, { session, scope: 'this' })
    },
    'session.ended, one': async () => {
      const { session, user } = await person()
      return () => endSession(core(), caller, { userId: user.id, sessionId: session.id })
    },
    'session.ended by an administrator': async () => {
      const { user } = await person()
      return () => signOutUser(core(), caller, actor, { userId: user.id })
    },
    'recovery.requested': async () => {
      const { address } = await person()
      return () => recover(core(), caller, { address, back: {} })
    },
    'recovery.completed': async () => {
      const { address } = await person()
      await recover(core(), caller, { address, back: {} })
      const { tokenHash = '' } = await rooms().mailTo(address.email)
      return () => verifyLink(core(), caller, { token: tokenHash })
    },
    'password.changed': async () => {
      const who = await person()
      return () => changePassword(core(), caller, { ...who, password: 'eight calm herons', proof: {} })
    },
    'password.removed': async () => {
      const who = await person()
      return () => removePassword(core(), caller, { ...who, proof: {} })
    },
    'email.change_requested': async () => {
      const who = await person()
      return () => changeEmail(core(), caller, { ...who, ...stranger(), back: {}, proof: {} })
    },
    'email.changed': async () => {
      const [who, next] = [await person(), stranger()]
      await changeEmail(core(), caller, { ...who, ...next, back: {}, proof: {} })
      await verifyLink(core(), caller, { token: (await rooms().mailTo(who.address.email)).tokenHash ?? '' })
      const { tokenHash = '' } = await rooms().mailTo(next.email)
      return () => verifyLink(core(), caller, { token: tokenHash })
    },
    'email.confirmed': async () => {
      const address = stranger()
      await signUpWithPassword(core(), caller, { address, password, about: {}, back: {} })
      const { code = '' } = await rooms().mailTo(address.email)
      return () => verifyCode(core(), caller, { address, code, purposes: ['sign_up'] })
    },
    'user.updated': async () => {
      const { user } = await person()
      return () =>
        updateProfile(core(), caller, { userId: user.id, change: { displayName: 'Ada', metadata: { a: 1 } } })
    },
    'user.created by an administrator': async () => () =>
      createUser(core(), caller, actor, { ...stranger(), password, way: 'admin' }),
    'user.created by an import': async () => {
      const user = stranger()
      return async () => {
        const [done] = await importUsers(core(), caller, actor, { users: [user], onConflict: 'refuse', mode: 'write' })
        if (done?.status !== 'created') throw new Error(`import: ${done?.code}`)
      }
    },
    'user.changed_by_admin': async () => {
      const { user } = await person()
      return () =>
        updateUser(core(), caller, actor, { id: user.id, change: { roles: ['user', 'editor'], defaultRole: 'user' } })
    },
    'user.changed_by_admin, a ban': async () => {
      const { user } = await person()
      return () => updateUser(core(), caller, actor, { id: user.id, change: { bannedUntil: new Date('2999-01-01') } })
    },
    'user.invited': async () => () => invite(core(), caller, actor, stranger()),
    'user.invite_revoked': async () => {
      const { sent } = await invite(core(), caller, actor, stranger())
      return () => revokeInvite(core(), caller, actor, sent.ticket.id)
    },
    'user.link_made': async () => {
      const { address } = await person()
      return () => generateLink(core(), caller, actor, { purpose: 'recovery', ...address })
    },
    'user.unlocked': async () => {
      const { user } = await person()
      return () => unlockUser(core(), caller, actor, user.id)
    },
    'user.deleted': async () => {
      const { user } = await person()
      return () => removeUser(core(), caller, { id: user.id, mode: 'hard', actor })
    },
    'user.deleted, softly': async () => {
      const { user } = await person()
      return () => removeUser(core(), caller, { id: user.id, mode: 'soft', actor })
    },
    'user.deleted by its owner': async () => {
      const who = await person()
      return () => removeOwnAccount(core(), caller, { ...who, proof: {} })
    },
    'api_key.created': async () => () =>
      createApiKey(
        core(),
        caller,
        { actor, scopes: ['admin'] },
        { kind: 'secret', name: 'x', scopes: ['users:read'], origins: [], expiresAt: null },
      ),
    'api_key.revoked': async () => {
      const { id } = await core().apiKeys.create({
        kind: 'secret',
        name: 'x',
        scopes: [],
        origins: [],
        expiresAt: null,
      })
      return () => revokeApiKey(core(), caller, actor, id)
    },
  }
  const whole = async () => {
    // A try at a code is counted whatever becomes of it.
    const tables = await dump(rooms().database, ['misses'])
    const digest = (rows: readonly string[]) =>
      createHash('sha256')
        .update([...rows].sort().join('\0'))
        .digest('hex')
    return Object.fromEntries(tables.map(({ table, rows }) => [table, digest(rows)]))
  }
  const switchRefusal = (to: 'enable' | 'disable') =>
    rooms().database.script(`alter table auth.audit_events ${to} trigger refuse_audit`)

  it.each(Object.keys(acts))('holds %s once, and where it cannot, nothing happens (S127)', async (name) => {
    const action = name.split(/[, ]/)[0] ?? ''
    const prepare = acts[name]
    if (prepare === undefined) throw new Error(name)
    const act = await prepare()
    const before = await whole()
    await switchRefusal('enable')
    const failed = await act().then(
      () => undefined,
      (error: unknown) => error,
    )
    await switchRefusal('disable')
    expect(failed, 'the act fails with its record').toBeDefined()
    expect(await whole()).toEqual(before)
    const count = () => core().audit.count({ action })
    const known = await count()
    await act()
    expect((await count()) - known).toBe(1)
    const [event] = await core().audit.list({ action }, { limit: 1 })
    expect(event).toMatchObject({ requestId: caller.requestId, dialect: 'test', at: expect.any(Date) })
    const forgotten = action === 'user.deleted'
    expect(event).toMatchObject(
      forgotten ? { ip: null, userAgent: null } : { ip: '203.0.113.9', userAgent: 'Browser/1.0' },
    )
  })

  it('keeps no address, name, password or token (S127)', async () => {
    const rows = (await dump(rooms().database)).find(({ table }) => table === 'audit_events')?.rows ?? []
    expect(rows.length).toBeGreaterThan(50)
    expect(rows.filter((row) => row.includes('@') || row.includes('otters') || row.includes('herons'))).toEqual([])
  })

  it('refuses to be changed, shortened or emptied, by whatever statement', async () => {
    const known = await core().audit.count({})
    for (const statement of [
      sql`update auth.audit_events set action = 'x'`,
      sql`update auth.audit_events set ip = null`,
      sql`delete from auth.audit_events`,
      sql`truncate auth.audit_events`,
      sql`delete from auth.audit_events where false or id in (select id from auth.audit_events limit 1)`,
      sql`insert into auth.audit_events select * from auth.audit_events limit 1 on conflict (id) do update set action = 'x'`,
    ])
      await expect(rooms().database.query(statement), statement.text).rejects.toMatchObject({ code: '42501' })
    expect(await core().audit.count({})).toBe(known)
  })

  it('forgets where somebody came from and what with, and nothing else of what they did', async () => {
    const [mine, theirs] = [await person(), await person()]
    const of = async ({ user }: Grant) => core().audit.list({ userId: user.id }, { limit: 99 })
    const [before, untouched] = [await of(mine), await of(theirs)]
    await core().audit.forget(mine.user.id)
    expect(await of(mine)).toEqual(before.map((event) => ({ ...event, ip: null, userAgent: null })))
    expect(await of(theirs)).toEqual(untouched)
    await expect(
      rooms().database.query(sql`update auth.audit_events set ip = null where user_id = ${mine.user.id}`),
    ).rejects.toMatchObject({ code: '42501' })
  })

  it('is read by every filter and page by page', async () => {
    const { user, session } = await person()
    await signOut(core(), caller, { session, scope: 'this' })
    const list = async (filter: Parameters<Core['audit']['list']>[0]) =>
      (await core().audit.list({ userId: user.id, ...filter }, { limit: 99 })).map(({ action }) => action)
    expect(await list({})).toEqual(['session.ended', 'session.opened', 'user.created'])
    expect(await list({ action: 'session.' })).toEqual(['session.ended', 'session.opened'])
    expect(await list({ action: 'session_' })).toEqual([])
    expect(await list({ actions: ['user.created', 'x'] })).toEqual(['user.created'])
    expect(await list({ actorId: 'test' })).toEqual(['user.created'])
    expect(await list({ sessionId: session.id })).toEqual(['session.ended', 'session.opened'])
    expect(await list({ result: 'refused' })).toEqual([])
    expect(await list({ ip: '203.0.113.9', requestId: caller.requestId ?? '' })).toHaveLength(3)
    expect(await list({ ip: '203.0.113.1' })).toEqual([])
    expect(await list({ after: rooms().now() })).toEqual([])
    expect(await list({ before: rooms().now() })).toHaveLength(3)
    const all = await core().audit.list({}, { limit: 1_000 })
    const paged: string[] = []
    for (let page = await core().audit.list({}, { limit: 7 }); page.length > 0; ) {
      paged.push(...page.map(({ id }) => id))
      const last = page.at(-1)
      if (last === undefined) break
      page = await core().audit.list({}, { limit: 7, after: { at: last.at, id: last.id } })
    }
    expect(paged).toEqual(all.map(({ id }) => id))
  })
})
