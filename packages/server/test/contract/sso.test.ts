import { inflateRawSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Core } from '#src/core/core.ts'
import type { NewSsoProvider } from '#src/core/sso/sso-providers.ts'
import { connect } from '#src/flows/attempt/connect.ts'
import { beginWithSso, receiveSso, type SsoEnd } from '#src/flows/sign-in/with-sso.ts'
import { sql } from '#src/storage/sql.ts'
import { aCaller } from '../world/core.ts'
import { type CertifiedKey, certifiedKey } from '../world/key-pair.ts'
import { assertionOf, honest, paperMetadata, responseOf, type Said, signed } from '../world/saml-forge.ts'
import { type Rooms, startRooms, stores } from './rooms.ts'

const caller = aCaller()
const challenge = 'c'.repeat(43)

describe.each(stores)('organisations on the %s store', (kind) => {
  const world: { rooms?: Rooms; key?: CertifiedKey } = {}
  const rooms = (): Rooms => {
    if (world.rooms === undefined) throw new Error('not started')
    return world.rooms
  }
  const key = (): CertifiedKey => {
    if (world.key === undefined) throw new Error('not started')
    return world.key
  }
  const core = (): Core => rooms().core
  const other = (): Core => rooms().other
  beforeAll(async () => {
    world.rooms = await startRooms(kind)
    world.key = await certifiedKey()
  })
  afterAll(() => world.rooms?.close())

  let count = 0
  const aProvider = (change: Partial<NewSsoProvider> = {}): NewSsoProvider => {
    count += 1
    const entityId = `https://idp${count}.example.test`
    return {
      resourceId: null,
      entityId,
      metadataXml: paperMetadata(change.entityId ?? entityId, key()),
      metadataUrl: null,
      attributeMapping: {},
      nameIdFormat: null,
      enabled: true,
      allowUnsolicited: false,
      domains: [`org${count}.test`],
      ...change,
    }
  }
  /** In a transaction that is taken back unless everything was stored. */
  const add = (input: NewSsoProvider, on = core()) =>
    on
      .transaction(async (tx) => {
        const outcome = await tx.ssoProviders.create(input)
        if (outcome.kind !== 'stored') throw outcome
        return outcome.provider
      })
      .catch((outcome: { kind: string }) => outcome)
  async function added(change: Partial<NewSsoProvider> = {}) {
    const provider = await add(aProvider(change))
    if (!('id' in provider)) throw new Error(provider.kind)
    return provider
  }

  it('are found by id, domain, entity id and what administrators call them', async () => {
    const provider = await added({ resourceId: 'mine', domains: ['a.test', 'b.test'] })
    const { id, entityId } = provider
    for (const by of [{ id }, { domain: 'b.test' }, { entityId }, { resourceId: 'mine' }])
      expect(await core().ssoProviders.find(by)).toEqual(provider)
    expect(await core().ssoProviders.find({ domain: 'c.test' })).toBeUndefined()
  })

  it('S78: are as an administrator has described them since, whatever an address says that was asked before', async () => {
    const asked = await added({ metadataUrl: 'https://idp.test/former' })
    const find = async () => (await core().ssoProviders.find({ id: asked.id })) ?? asked
    await other().ssoProviders.checked(asked, 'renewed')
    const renewed = await find()
    expect(renewed.metadataXml).toBe('renewed')
    const now = { ...renewed, metadataUrl: null, metadataXml: 'described anew' }
    await core().transaction((tx) => tx.ssoProviders.update(asked.id, now))
    await other().ssoProviders.checked(renewed, 'of the former address')
    await other().ssoProviders.checked(asked, 'of a question before that')
    expect(await find()).toMatchObject({ metadataUrl: null, metadataXml: 'described anew' })
  })

  it('say which of their names is taken', async () => {
    const { id, entityId } = await added({ resourceId: 'taken', domains: ['taken.test'] })
    expect(await add(aProvider({ entityId }))).toEqual({ kind: 'entity' })
    expect(await add(aProvider({ resourceId: 'taken' }))).toEqual({ kind: 'resource' })
    const before = await core().ssoProviders.count()
    expect(await add(aProvider({ domains: ['free.test', 'taken.test'] }))).toEqual({
      kind: 'domain',
      domain: 'taken.test',
      providerId: id,
    })
    expect(await core().ssoProviders.count()).toBe(before)
    expect(await core().ssoProviders.find({ domain: 'free.test' })).toBeUndefined()
    const next = await added({ resourceId: 'next' })
    expect(await core().ssoProviders.update(next.id, { ...next, resourceId: 'taken' })).toEqual({ kind: 'resource' })
  })

  it('keep domains until they are told otherwise, and give them up when they go', async () => {
    const provider = await added({ domains: ['old.test', 'kept.test'] })
    const changed = await core().ssoProviders.update(provider.id, { ...provider, domains: ['kept.test', 'new.test'] })
    expect(changed).toMatchObject({ kind: 'stored', provider: { domains: ['kept.test', 'new.test'] } })
    expect(await core().ssoProviders.remove(provider.id)).toBe(true)
    expect(await core().ssoProviders.remove(provider.id)).toBe(false)
    for (const domain of ['old.test', 'kept.test', 'new.test'])
      expect(await core().ssoProviders.find({ domain })).toBeUndefined()
  })

  it('get a domain once, however many ask for it at once', async () => {
    const outcomes = await Promise.all(
      [core(), other(), core(), other()].map((on) => add(aProvider({ domains: ['race.test'] }), on)),
    )
    expect(outcomes.filter((outcome) => 'id' in outcome)).toHaveLength(1)
  })

  it('see one key of this server, made once and kept sealed', async () => {
    const all = await Promise.all([core(), other(), core(), other()].map((on) => on.sso.metadata()))
    expect(new Set(all).size).toBe(1)
    const rows = await rooms().database.query<{ key: Uint8Array }>(sql`select private_key as key from auth.sso_keys`)
    expect(rows).toHaveLength(1)
    expect(Buffer.from(rows[0]?.key ?? []).toString('latin1')).not.toContain('PRIVATE KEY')
  })

  describe('S82: an answer', () => {
    async function begin(domain: string) {
      const start = { provider: { domain }, place: 'test', callback: 'https://x.test', browser: null }
      const { url } = await beginWithSso(core(), caller, { ...start, back: { codeChallenge: challenge } })
      const { searchParams } = new URL(url)
      const request = inflateRawSync(Buffer.from(searchParams.get('SAMLRequest') ?? '', 'base64')).toString()
      return {
        requestId: /\bID="([^"]+)"/.exec(request)?.[1] ?? '',
        relayState: searchParams.get('RelayState') ?? '',
      }
    }
    const answer = (issuer: string, requestId: string, change: Partial<Said> = {}): string => {
      const { entityId: audience, callback: recipient } = core().settings.sso
      const what = honest({ issuer, audience, recipient, requestId }, change)
      const document = signed(responseOf(what, assertionOf(what)), what.assertionId, key())
      return Buffer.from(document).toString('base64')
    }
    const receive = (on: Core, response: string, relayState: string): Promise<SsoEnd> =>
      receiveSso(on, caller, { place: 'test', response, relayState, takesUnsolicited: false })

    it('counts once, in whichever process it arrives', async () => {
      const { entityId } = await added({ domains: ['once.test'] })
      const { requestId, relayState } = await begin('once.test')
      const response = answer(entityId, requestId)
      const ends = await Promise.all([core(), other(), core(), other()].map((on) => receive(on, response, relayState)))
      expect(ends.map(({ kind }) => kind).sort()).toEqual(['lost', 'lost', 'lost', 'return'])
      const second = await begin('once.test')
      const assertionId = /<saml:Assertion [^>]*\bID="([^"]+)"/.exec(Buffer.from(response, 'base64').toString())?.[1]
      const again = answer(entityId, second.requestId, { assertionId: assertionId ?? '' })
      expect(await receive(other(), again, second.relayState)).toMatchObject({
        kind: 'refused',
        refusal: { code: 'saml_assertion_invalid', details: { reason: 'used' } },
      })
    })

    it('S142: makes one account of one person who comes several times at once', async () => {
      const { id, entityId } = await added({ domains: ['many.test'] })
      const begun = await Promise.all(Array.from({ length: 4 }, () => begin('many.test')))
      const person = { nameId: 'the-same', mail: 'same@many.test' }
      const ends = await Promise.all(
        begun.map(({ requestId, relayState }, at) =>
          receive(at % 2 === 0 ? core() : other(), answer(entityId, requestId, person), relayState),
        ),
      )
      expect(ends.map(({ kind }) => kind)).toEqual(['return', 'return', 'return', 'return'])
      const rows = await rooms().database.query(
        sql`select id from auth.users where email = 'same@many.test' and is_sso and created_by ->> 'way' = 'sso'`,
      )
      expect(rows).toHaveLength(1)
      const owner = await core().identities.findOwner(`sso:${id}`, 'the-same')
      const user = await core().users.find(owner?.userId ?? '')
      if (user === undefined) throw new Error('nobody was made')
      const profile = { subject: 's', email: null, emailVerified: false, name: null, avatarUrl: null, data: {} }
      const arrival = { provider: 'google', profile, tokens: null, keepsTokens: false, emailOptional: true }
      await expect(core().transaction((tx) => connect(tx, caller, { user, arrival }))).rejects.toMatchObject({
        code: 'user_sso_managed',
      })
    })
  })
})
