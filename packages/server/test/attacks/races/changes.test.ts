import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { later } from '#src/base/duration.ts'
import type { Core } from '#src/core/core.ts'
import { defaultSettings } from '#src/core/settings/defaults.ts'
import type { User } from '#src/core/users/user.ts'
import { createAccessKey } from '#src/flows/account/access-keys.ts'
import { changeEmail } from '#src/flows/account/change-email.ts'
import { putPassword, removePassword } from '#src/flows/account/change-password.ts'
import { changePhone } from '#src/flows/account/change-phone.ts'
import { nameNewcomer } from '#src/flows/account/name-newcomer.ts'
import { removeOwnAccount } from '#src/flows/account/remove.ts'
import { removeAddress } from '#src/flows/account/remove-address.ts'
import { updateProfile } from '#src/flows/account/update-profile.ts'
import { attachIdentity } from '#src/flows/admin/attach-identity.ts'
import { updateUser } from '#src/flows/admin/update-user.ts'
import { connectInSession } from '#src/flows/attempt/connect-in-session.ts'
import { decideAuthorization, readAuthorization } from '#src/flows/oauth/consent.ts'
import { revokeGrant } from '#src/flows/oauth/grants.ts'
import type { AuthorizationServer } from '#src/flows/oauth/server.ts'
import type { Opened } from '#src/flows/session/open.ts'
import { removeUser } from '#src/flows/steps/remove-user.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller, type CoreWorld, startCore } from '../../world/core.ts'
import { accountRow, inOrder, outcomeOf } from '../../world/in-order.ts'
import { anIdentity, aSession, aUser, freshAddress, now, someHash } from './people.ts'

const caller = aCaller()
const admin = { type: 'admin', id: null } as const
const server: AuthorizationServer = {
  issuer: 'https://test.example',
  tokens: 'account',
  handles: 'base32',
  defaultScopes: ['openid'],
  renewsIdToken: false,
}

describe('changes of an account, and what happens to it at once', () => {
  let world: CoreWorld
  let core: Core
  beforeAll(async () => {
    const signUp = { emailConfirmation: false, phoneConfirmation: false }
    world = await startCore('postgres', { signUp: { ...defaultSettings.signUp, ...signUp } })
    core = world.core
  })
  afterAll(() => world.close())

  const goesSoftly =
    ({ id }: User) =>
    () =>
      removeUser(core, caller, { id, mode: 'soft', actor: admin })

  const changes: Record<string, (of: Opened) => Promise<unknown>> = {
    'a profile': ({ user }) => updateProfile(core, caller, { userId: user.id, change: { metadata: { nick: 'x' } } }),
    'a name': ({ user }) => {
      const newcomer = { id: user.id, email: undefined, name: 'Nick', surname: undefined }
      return nameNewcomer(core, caller, { newcomer, isThemself: true })
    },
    'an address': ({ user, session }) =>
      changeEmail(core, caller, { user, session, email: freshAddress(), back: {}, proof: {}, unproved: 'everybody' }),
    'a number': ({ user, session }) => changePhone(core, caller, { user, session, phone: '+15550100999', proof: {} }),
    "an administrator's change": ({ user }) =>
      updateUser(core, caller, admin, { id: user.id, change: { email: freshAddress(), metadata: { nick: 'x' } } }),
    "an administrator's identity": ({ user }) =>
      attachIdentity(core, caller, {
        userId: user.id,
        provider: 'google',
        subject: crypto.randomUUID(),
        email: undefined,
        actor: admin,
      }),
  }

  it.each(Object.keys(changes))(
    'S53 %s that is changed while the account is deleted stays out of what is kept',
    async (name) => {
      const opened = await aSession(core, await aUser(core))
      const change = changes[name] ?? (() => Promise.reject(new Error(name)))
      const works = [goesSoftly(opened.user), () => change(opened)]
      const done = await inOrder(world.database, accountRow(opened.user.id), works)
      for (const each of done) outcomeOf(each)
      expect(await now(core, opened.user)).toMatchObject({ email: null, phone: null, metadata: {}, identities: [] })
    },
  )

  it('S53 what programs and applications were allowed goes with an account whose row is kept', async () => {
    const { user, session } = await aSession(core, await aUser(core))
    const expiresAt = later(core.runtime.now(), 3_600)
    const key = { name: 'x', scopes: null, metadata: {}, expiresAt, form: 'prefixed' } as const
    await createAccessKey(core, caller, { user, session, ...key })
    const { handle, clientId } = await aRequest()
    await decideAuthorization(core, caller, {
      server,
      handle,
      by: { user, session },
      decision: 'approve',
      may: 'unseen',
    })
    await goesSoftly(user)()
    expect([await core.accessKeys.count(user.id), await core.consents.find(user.id, clientId)]).toEqual([0, undefined])
  })

  it('S40 a guest who becomes somebody twice at once does so once', async () => {
    const guest = await aUser(core, { email: null, isAnonymous: true })
    const { session } = await aSession(core, guest)
    const becomes = (provider: string) => async () => {
      const profile = {
        subject: crypto.randomUUID(),
        email: null,
        emailVerified: false,
        name: null,
        avatarUrl: null,
        data: {},
      }
      const arrival = { provider, profile, tokens: null, keepsTokens: false, emailOptional: true }
      const proof = { method: 'id_token', provider }
      const progress = await connectInSession(core, caller, {
        user: guest,
        session,
        arrival,
        proof,
        as: 'same_session',
      })
      return progress.kind
    }
    const done = await inOrder(world.database, accountRow(guest.id), [becomes('google'), becomes('github')])
    expect(done.map(outcomeOf)).toEqual(['complete', { refused: 'session_not_found' }])
    expect((await now(core, guest)).identities.map(({ provider }) => provider)).toEqual(['google'])
    expect(await core.sessions.count(guest.id)).toBe(1)
  })

  it('S40 S52 nothing is connected from a session that ends in this moment', async () => {
    const user = await aUser(core, { passwordHash: someHash })
    const [own, stolen] = [await aSession(core, user), await aSession(core, user)]
    const profile = {
      subject: crypto.randomUUID(),
      email: null,
      emailVerified: false,
      name: null,
      avatarUrl: null,
      data: {},
    }
    const arrival = { provider: 'google', profile, tokens: null, keepsTokens: false, emailOptional: true }
    const proof = { method: 'id_token', provider: 'google' }
    const done = await inOrder(world.database, accountRow(user.id), [
      () => putPassword(core, caller, { user, session: own.session, passwordHash: 'another hash' }),
      () => connectInSession(core, caller, { user, session: stolen.session, arrival, proof, as: 'new_session' }),
    ])
    expect(outcomeOf(done[1])).toEqual({ refused: 'session_not_found' })
    expect((await now(core, user)).identities).toEqual([])
    expect(await core.sessions.count(user.id)).toBe(1)
  })

  it('S52 S53 nor is the account deleted from there', async () => {
    const user = await aUser(core, { passwordHash: someHash })
    const [own, stolen] = [await aSession(core, user), await aSession(core, user)]
    const done = await inOrder(world.database, accountRow(user.id), [
      () => putPassword(core, caller, { user, session: own.session, passwordHash: 'another hash' }),
      () => removeOwnAccount(core, caller, { user, session: stolen.session, proof: {} }),
    ])
    expect(outcomeOf(done[1])).toEqual({ refused: 'session_not_found' })
    expect((await now(core, user)).email).toBe(user.email)
  })

  it('S40 an address and a password that are taken away at once leave a way in', async () => {
    for (const order of [0, 1]) {
      const user = await aUser(core, { passwordHash: someHash })
      await anIdentity(core, user)
      const { session } = await aSession(core, user)
      const works = [
        () => removeAddress(core, caller, { channel: 'email', user, session, proof: {} }),
        () => removePassword(core, caller, { user, session, proof: {} }),
      ]
      await inOrder(world.database, accountRow(user.id), order === 0 ? works : works.toReversed())
      const left = await now(core, user)
      expect(left.identities.length > 0 || (left.email !== null && left.emailConfirmedAt !== null)).toBe(true)
      expect(left.hasPassword && left.email === null).toBe(order === 0)
    }
  })

  it('S52 what was allowed before and is taken back at this moment is asked again', async () => {
    const { user, session } = await aSession(core, await aUser(core))
    const by = { user, session }
    const { handle, clientId } = await aRequest()
    await decideAuthorization(core, caller, { server, handle, by, decision: 'approve', may: 'unseen' })
    const next = await aRequest(clientId)
    const done = await inOrder(world.database, accountRow(user.id), [
      () => revokeGrant(core, caller, { userId: user.id, clientId }),
      () => readAuthorization(core, caller, { server, handle: next.handle, by }),
    ])
    expect(outcomeOf(done[1])).toMatchObject({ client: { id: clientId } })
    expect(await core.consents.find(user.id, clientId)).toBeUndefined()
  })

  it.each(['soft', 'hard'] as const)('S53 nobody allows anything while their account is deleted: %s', async (mode) => {
    const { user, session } = await aSession(core, await aUser(core))
    const { handle } = await aRequest()
    const done = await inOrder(world.database, accountRow(user.id), [
      () => removeUser(core, caller, { id: user.id, mode, actor: admin }),
      () =>
        decideAuthorization(core, caller, {
          server,
          handle,
          by: { user, session },
          decision: 'approve',
          may: 'unseen',
        }),
    ])
    expect(outcomeOf(done[1])).toEqual({ refused: expect.stringMatching(/^(user_not_found|conflict)$/) })
    const [left] = await world.database.query(sql`select 1 from auth.oauth_consents where user_id = ${user.id}`)
    expect(left).toBeUndefined()
  })

  /** An application of its own, or one that is there, asks for somebody. */
  async function aRequest(of?: string): Promise<{ handle: string; clientId: string }> {
    const redirectUri = 'https://app.example/back'
    const facts = {
      name: 'App',
      homeUrl: null,
      logoUrl: null,
      redirectUris: [redirectUri],
      scopes: ['openid'],
    } as const
    const made = { ...facts, authMethod: 'client_secret_basic', grants: ['authorization_code'] } as const
    const clientId = of ?? (await core.clients.add(made, 'manual')).client.id
    const asked = {
      clientId,
      tokens: 'account',
      redirectUri,
      scopes: ['openid'],
      codeChallenge: 'x'.repeat(43),
    } as const
    const nothing = { issuer: server.issuer, state: null, nonce: null, resource: null, prompt: null }
    const handle = await core.authorizations.begin({ ...asked, ...nothing }, { seconds: 600, form: 'base32' })
    return { handle, clientId }
  }
})
