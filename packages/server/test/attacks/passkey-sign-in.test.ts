import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Faults, type SecurityKey, securityKey } from '../world/security-key.ts'
import { startWorld, type World } from '../world/world.ts'
import { type Door, doorsOf } from './tools/door.ts'
import { aalOf, native, supabase } from './tools/factors.ts'
import { aMember, type Member, tokensOf } from './tools/people.ts'
import { objectIn, type Reply } from './tools/reply.ts'

const site = 'http://localhost:3000'
let world: World
let door: Door
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: site } })
  door = doorsOf(world).native
})
afterAll(() => world.close())

type Json = Record<string, unknown>
interface Holder {
  readonly owner: Member
  readonly key: SecurityKey
}

const publicKeyOf = ({ body }: Reply) => objectIn(objectIn(objectIn(body, 'attempt'), 'step'), 'publicKey')
const begin = () => native(world, '/sign-in/passkey', {})
const answer = ({ attempt }: Reply, credential: Json) => native(world, '/attempts/answer', { attempt, credential })
const refused = [400, 'webauthn_verification_failed', undefined]
const said = ({ status, code, tokens }: Reply) => [status, code, tokens]

/** Somebody with a passkey that signs in. */
async function aHolder(): Promise<Holder> {
  const owner = await aMember(world, door)
  const key = securityKey(site)
  const begun = await native(world, '/me/factors', { type: 'passkey' }, owner.tokens.access)
  const credential = key.create(publicKeyOf(begun))
  const added = await native(world, '/attempts/answer', { attempt: begun.attempt, credential }, owner.tokens.access)
  expect(added.status, added.text).toBe(200)
  return { owner, key }
}

/** Signs in with nothing but the passkey, however well its answer is made. */
async function signIn({ owner, key }: Holder, faults: Faults = {}): Promise<Reply> {
  const begun = await begin()
  return answer(begun, key.get(publicKeyOf(begun), { verified: true, userHandle: owner.id, ...faults }))
}

describe('S96: signing in with a passkey', () => {
  // Every answer but for its one fault is good: signed by the right key, over the challenge of its own attempt.
  const faults: readonly (readonly [string, Faults])[] = [
    ['another origin', { origin: 'http://localhost.evil.test:3000' }],
    ['another scheme', { origin: 'https://localhost:3000' }],
    ['another site', { rpId: 'evil.test' }],
    ['another challenge', { challenge: Buffer.alloc(32).toString('base64url') }],
    ['the other kind', { type: 'webauthn.create' }],
    ['a frame of another site', { crossOrigin: true }],
    ['nobody present', { present: false }],
    ['a signature over other data', { tampered: true }],
    ['the handle of nobody', { userHandle: crypto.randomUUID() }],
    ['an empty handle', { userHandle: '' }],
    ['a counter that does not grow', { counter: 2 }],
  ]
  it.each(faults)('refuses %s', async (_, fault) => {
    const holder = await aHolder()
    expect((await signIn(holder)).status).toBe(200)
    expect(said(await signIn(holder, fault))).toEqual(refused)
    expect((await signIn(holder)).status).toBe(200)
  })

  it('refuses the handle of another, the id of another, and no handle at all', async () => {
    const holder = await aHolder()
    const other = await aHolder()
    expect(said(await signIn(holder, { userHandle: other.owner.id }))).toEqual(refused)
    const { id, rawId } = { id: other.key.id, rawId: other.key.id }
    for (const change of [
      (credential: Json) => ({ ...credential, id, rawId }),
      (credential: Json) => ({ ...credential, id }),
      (credential: Json) => {
        const { userHandle: _, ...response } = credential['response'] as Json
        return { ...credential, response }
      },
    ]) {
      const begun = await begin()
      const good = holder.key.get(publicKeyOf(begun), { verified: true, userHandle: holder.owner.id })
      expect(said(await answer(begun, change(good)))).toEqual(refused)
    }
    for (const each of [holder, other]) expect((await signIn(each)).status).toBe(200)
  })

  it('S23 takes an answer once, and only at the attempt it was made for', async () => {
    const { owner, key } = await aHolder()
    const [begun, other] = [await begin(), await begin()]
    const good = key.get(publicKeyOf(begun), { verified: true, userHandle: owner.id })
    expect(said(await answer(other, good))).toEqual(refused)
    expect((await answer(begun, good)).status).toBe(200)
    expect((await answer(begun, good)).code).toBe('attempt_expired')
    expect(said(await answer(await begin(), good))).toEqual(refused)
  })

  it('takes one of two that count the same, however close they come', async () => {
    const { owner, key } = await aHolder()
    const begun = await Promise.all(Array.from({ length: 8 }, begin))
    const answers = await Promise.all(
      begun.map((each) =>
        answer(each, key.get(publicKeyOf(each), { verified: true, userHandle: owner.id, counter: 40 })),
      ),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const each of answers) if (each.status !== 200) expect(said(each)).toEqual(refused)
  })

  it('refuses a key that is only a second factor', async () => {
    const owner = await aMember(world, door)
    const { access } = owner.tokens
    const key = securityKey(site)
    const made = await supabase(world, '/factors', { factor_type: 'webauthn', friendly_name: 'key' }, access)
    const place = `/factors/${String(made.body['id'])}`
    const asked = await supabase(world, `${place}/challenge`, {}, access)
    const options = objectIn(objectIn(objectIn(asked.body, 'webauthn'), 'credential_options'), 'publicKey')
    const credential_response = key.create(options, { verified: true })
    const webauthn = { type: 'create', rpId: 'localhost', rpOrigins: [site], credential_response }
    const enrolled = await supabase(world, `${place}/verify`, { challenge_id: asked.body['id'], webauthn }, access)
    expect(enrolled.status, enrolled.text).toBe(200)
    expect(said(await signIn({ owner, key }))).toEqual(refused)
  })

  it('S53 refuses somebody who is banned or gone', async () => {
    const [banned, gone] = [await aHolder(), await aHolder()]
    await door.admin.change(banned.owner.id, { banned: true })
    expect((await signIn(banned)).code).toBe('user_banned')
    await door.admin.remove(gone.owner.id)
    expect(said(await signIn(gone))).toEqual(refused)
  })

  it('S97 is worth one factor where nobody made sure who was there', async () => {
    const holder = await aHolder()
    expect(aalOf(tokensOf(await signIn(holder, { verified: false })).access)).toBe('aal1')
    expect(aalOf(tokensOf(await signIn(holder)).access)).toBe('aal2')
  })

  it('S94 is not done with what was asked for something else', async () => {
    const { owner, key } = await aHolder()
    const { access } = tokensOf(await signIn({ owner, key }))
    const creation = await native(world, '/me/factors', { type: 'passkey' }, access)
    const options = { ...publicKeyOf(creation), rpId: 'localhost' }
    const crossed = await answer(creation, key.get(options, { verified: true, userHandle: owner.id }))
    expect([crossed.tokens, crossed.status >= 400]).toEqual([undefined, true])
    const begun = await begin()
    const made = securityKey(site).create({ ...publicKeyOf(begun), rp: { id: 'localhost' } }, { verified: true })
    expect((await answer(begun, made)).tokens).toBeUndefined()
  })
})
