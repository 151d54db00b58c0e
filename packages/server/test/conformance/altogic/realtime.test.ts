import { createClient } from 'altogic'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { signOutUser } from '#src/flows/admin/sign-out-user.ts'
import { aCaller } from '../../world/core.ts'
import { startWorld, type World } from '../../world/world.ts'
import type { Body } from '../native/native-world.ts'
import { aNumber, aSignedIn, followMail, goodPassword, memoryStorage, worked } from './clients.ts'
import { namedUrl, resolveNamedHosts } from './named-hosts.ts'

interface Told {
  readonly event: string
  readonly session: Body
}

/** The client's own types leave out what its documentation names. */
type Client = Body

/** A connected client, and what it was told. */
interface Listening {
  readonly told: Told[]
  readonly names: () => string[]
  readonly disconnects: string[]
  readonly client: Client
}

const admin = { type: 'admin', id: 'test' } as const
const soon = { timeout: 15_000, interval: 20 }

describe.each(['embedded', 'postgres'] as const)('the official client hears user events, on %s', (database) => {
  let world: World
  const open: Listening[] = []
  let undo = () => {}
  beforeAll(async () => {
    undo = resolveNamedHosts()
    world = await startWorld({
      database,
      config: { emailChange: { bothAgree: false }, phone: { enabled: true, countries: ['US'] } },
    })
  })
  afterAll(async () => {
    for (const { client } of open) client.realtime.close()
    await world.close()
    undo()
  })

  const clientWith = (key: string): Client =>
    createClient(namedUrl(world.url), key, { localStorage: memoryStorage() as never })

  /** A client of its own on a stored session, connected and told that it is. */
  const listening = async (
    session: object | null,
    user: object | null,
    key = world.publishableKey,
  ): Promise<Listening> => {
    const client = clientWith(key)
    if (session !== null) client.auth.setSession(session)
    if (user !== null) client.auth.setUser(user)
    const told: Told[] = []
    const disconnects: string[] = []
    client.auth.onUserEvent((event: string, about: unknown) => void told.push({ event, session: about }))
    client.realtime.onDisconnect((reason: string) => void disconnects.push(reason))
    await new Promise<void>((resolve, reject) => {
      client.realtime.onConnect(resolve)
      client.realtime.onError(reject)
    })
    const listener = { told, disconnects, client, names: () => told.map(({ event }) => event) }
    open.push(listener)
    return listener
  }

  it('signing in and out elsewhere, with the session it is about', async () => {
    const { email, session, user } = await aSignedIn(world)
    const stranger = await aSignedIn(world)
    const [mine, theirs] = [await listening(session, user), await listening(stranger.session, stranger.user)]
    const other = await listening(null, null)
    const again = worked(await other.client.auth.signInWithEmail(email, goodPassword))
    await expect.poll(mine.names, soon).toEqual(['user:signin'])
    const { token, ...shown } = mine.told[0]?.session ?? {}
    expect(shown).toMatchObject({
      userId: user._id,
      creationDtm: again.session?.creationDtm,
      userAgent: again.session?.userAgent,
    })
    // Another device is named by its id, which signs it out and does nothing else.
    expect(token).not.toBe(again.session?.token)
    worked(await mine.client.auth.signOut(token))
    await expect.poll(mine.names, soon).toEqual(['user:signin', 'user:signout'])
    expect(mine.told[1]?.session).toEqual(mine.told[0]?.session)
    expect([theirs.told, other.told]).toEqual([[], []])
  })

  it('whatever happens from the moment it is connected', async () => {
    for (let tries = 0; tries < 10; tries += 1) {
      const { session, user } = await aSignedIn(world)
      const mine = await listening(session, user)
      await world.core.sessions.endAll(user._id)
      await expect.poll(() => mine.disconnects, soon).toEqual(['io server disconnect'])
      expect(mine.names()).toEqual(['user:signout'])
    }
  })

  it('changes of password and address, by the session that made them', async () => {
    const { email, session, user } = await aSignedIn(world)
    const mine = await listening(session, user)
    worked(await mine.client.auth.changePassword('another long kettle 4', goodPassword))
    await expect.poll(mine.names, soon).toEqual(['user:pwdchange', 'user:update'])
    expect(mine.told[0]?.session).toMatchObject({ token: session.token, userId: user._id })
    const next = `new-${email}`
    worked(await mine.client.auth.changeEmail('another long kettle 4', next))
    await followMail(world, next)
    await expect.poll(mine.names, soon).toContain('user:emailchange')
    expect(mine.told.find(({ event }) => event === 'user:emailchange')?.session).toBeNull()
  })

  it('of each session that is ended with others', async () => {
    const { email, session, user } = await aSignedIn(world)
    const mine = await listening(session, user)
    const others = [clientWith(world.publishableKey), clientWith(world.publishableKey)]
    for (const { auth } of others) worked(await auth.signInWithEmail(email, goodPassword))
    await expect.poll(mine.names, soon).toEqual(['user:signin', 'user:signin'])
    worked(await mine.client.auth.signOutAllExceptCurrent())
    await expect.poll(mine.names, soon).toEqual([...Array(2).fill('user:signin'), ...Array(2).fill('user:signout')])
    const tokens = mine.told.map((each) => each.session.token)
    expect(tokens.slice(2).sort()).toEqual(tokens.slice(0, 2).sort())
    worked(await mine.client.auth.signOutAll())
    await expect.poll(() => mine.disconnects, soon).toEqual(['io server disconnect'])
    expect(mine.told.slice(4)).toMatchObject([{ event: 'user:signout', session: { token: session.token } }])
  })

  it('what an app writes into the record of a user, and its end', async () => {
    const { email, session, user } = await aSignedIn(world)
    const mine = await listening(session, user)
    const { auth, db } = clientWith(world.publishableKey)
    const other = worked(await auth.signInWithEmail(email, goodPassword)).session
    const record = db.model('users').object(user._id)
    worked(await record.update({ city: 'Berlin' }))
    await expect.poll(mine.names, soon).toEqual(['user:signin', 'user:update'])
    expect(mine.told[1]?.session.token).toBe(mine.told[0]?.session.token)
    expect(mine.told[1]?.session.creationDtm).toBe(other.creationDtm)
    worked(await record.delete())
    await expect.poll(() => mine.disconnects, soon).toEqual(['io server disconnect'])
    expect(mine.names()).toEqual(expect.arrayContaining(['user:delete', 'user:signout']))
  })

  it('a new number, as a change of its own and of the user', async () => {
    const { session, user } = await aSignedIn(world)
    const mine = await listening(session, user)
    const phone = aNumber()
    worked(await mine.client.auth.changePhone(goodPassword, phone))
    const { code } = await world.inbox.waitFor(phone)
    expect(mine.names()).toEqual([])
    worked(await mine.client.auth.verifyPhone(phone, code))
    await expect.poll(mine.names, soon).toEqual(['user:phonechange', 'user:update'])
  })

  it('the end of its own session, and is then disconnected', async () => {
    const { session, user } = await aSignedIn(world)
    const mine = await listening(session, user)
    await signOutUser(world.core, aCaller(), admin, { userId: user._id })
    await expect.poll(() => mine.disconnects, soon).toEqual(['io server disconnect'])
    expect(mine.names()).toEqual(['user:signout'])
    expect(mine.told[0]?.session.token).toBe(session.token)
  })

  it('the end of the account', async () => {
    const { session, user } = await aSignedIn(world)
    const mine = await listening(session, user)
    await fetch(`${world.url}/v1/admin/users/${user._id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${world.secretKey}` },
    })
    await expect.poll(() => mine.disconnects, soon).toEqual(['io server disconnect'])
    expect(mine.names()).toEqual(['user:delete', 'user:signout'])
  })

  it('nothing without a session, nor with one that is over, and is refused with a wrong key', async () => {
    const { client, session, user } = await aSignedIn(world)
    worked(await client.auth.signOut())
    const late = await listening(null, null)
    const stale = clientWith(world.publishableKey)
    stale.auth.setSession(session)
    const answer = new Promise<string>((resolve) => {
      stale.realtime.onConnect(() => resolve('connected'))
      stale.realtime.onError((error: Error) => resolve(error.message))
    })
    expect(await answer).toBe('connected')
    stale.realtime.close()
    await expect(listening(session, user, 'wwp_wrong')).rejects.toMatchObject({
      message: 'invalid_client_key',
      data: { errors: [{ origin: 'client_error', code: 'invalid_client_key', message: expect.any(String) }] },
    })
    expect(late.told).toEqual([])
  })

  it('although it speaks in channels, of which it is told each time that there are none', async () => {
    const { email, session, user } = await aSignedIn(world)
    const mine = await listening(session, user)
    const errors: Body[] = []
    mine.client.realtime.on('error', (answer: Body) => void errors.push(answer))
    mine.client.realtime.join('news')
    mine.client.realtime.send('news', 'hello', { text: 'hi' })
    mine.client.realtime.broadcast('hello', { text: 'hi' })
    mine.client.realtime.updateProfile({ name: 'Jo' })
    mine.client.realtime.leave('news')
    await expect.poll(() => errors.length, soon).toBe(5)
    expect(new Set(errors.flatMap((answer) => answer.errors.map(({ code }: Body) => code)))).toEqual(
      new Set(['channels_not_supported']),
    )
    const members = await mine.client.realtime.getMembers('news')
    expect([members.data, members.errors]).toEqual([
      null,
      { status: 404, statusText: 'Not Found', items: [expect.objectContaining({ code: 'channels_not_supported' })] },
    ])
    expect(mine.client.realtime.isConnected()).toBe(true)
    worked(await clientWith(world.publishableKey).auth.signInWithEmail(email, goodPassword))
    await expect.poll(mine.names, soon).toEqual(['user:signin'])
    expect(mine.disconnects).toEqual([])
  })

  it('on the way back after the server was away', async () => {
    const { session, user } = await aSignedIn(world)
    const mine = await listening(session, user)
    const [first] = [mine.client.realtime.getSocketId()]
    mine.client.realtime.close()
    mine.client.realtime.open()
    await expect
      .poll(() => mine.client.realtime.isConnected() && mine.client.realtime.getSocketId(), soon)
      .not.toBe(first)
    await expect
      .poll(async () => {
        await fetch(`${world.url}/v1/admin/users/${user._id}`, {
          method: 'PATCH',
          headers: { authorization: `Bearer ${world.secretKey}`, 'content-type': 'application/json' },
          body: JSON.stringify({ displayName: 'Jo' }),
        })
        return mine.names()
      }, soon)
      .toContain('user:update')
  })
})
