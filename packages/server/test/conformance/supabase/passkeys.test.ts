import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { securityKey } from '../../world/security-key.ts'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, aSignedIn, authClient, raw, worked } from './clients.ts'

const site = 'http://localhost:3000'
let world: World
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: site } })
})
afterAll(() => world.close())

type Json = Record<string, unknown>
const said = (options: unknown) => options as Json & { challenge: string; user: { id: string } }

/** Somebody with a passkey, step by step as an app does that shows its own dialogue. */
async function aHolder() {
  const who = await aSignedIn(world)
  const key = securityKey(site)
  const begun = worked(await who.client.passkey.startRegistration())
  const options = said(begun.options)
  const credential = key.create(options, { verified: true }) as never
  const made = worked(await who.client.passkey.verifyRegistration({ challengeId: begun.challenge_id, credential }))
  return { ...who, key, made, userId: Buffer.from(options.user.id, 'base64url').toString() }
}

type Holder = Awaited<ReturnType<typeof aHolder>>

async function comeIn({ key, userId }: Pick<Holder, 'key' | 'userId'>) {
  const client = authClient(world)
  const { challenge_id, options } = worked(await client.passkey.startAuthentication())
  const credential = key.get(said(options), { verified: true, userHandle: userId }) as never
  return { client, answer: await client.passkey.verifyAuthentication({ challengeId: challenge_id, credential }) }
}

describe('passkeys, step by step', () => {
  it('are registered, and sign in', async () => {
    const holder = await aHolder()
    expect(holder.made).toEqual({ id: expect.any(String), friendly_name: 'Passkey', created_at: expect.any(String) })
    const { client, answer } = await comeIn(holder)
    expect(worked(answer).user?.id).toBe(holder.userId)
    const { currentAuthenticationMethods } = worked(await client.mfa.getAuthenticatorAssuranceLevel())
    expect(currentAuthenticationMethods).toMatchObject([{ method: 'passkey' }])
    const [listed] = worked(await client.passkey.list())
    expect(listed).toMatchObject({ id: holder.made.id, last_used_at: expect.any(String) })
  })

  it('options are those of the wire, without a wrapper', async () => {
    const { client, email } = await aSignedIn(world)
    const { options, challenge_id, expires_at } = worked(await client.passkey.startRegistration())
    expect(options).toMatchObject({
      rp: { id: 'localhost' },
      user: { name: email },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
    })
    expect([typeof challenge_id, typeof expires_at]).toEqual(['string', 'number'])
    const asked = worked(await authClient(world).passkey.startAuthentication())
    expect(asked.options).not.toHaveProperty('allowCredentials')
  })

  it('what is missing or no credential at all is told, in order', async () => {
    const { client, session } = await aSignedIn(world)
    const post = async (json: object) => {
      const headers = { authorization: `Bearer ${session.access_token}` }
      const { msg } = (await (await raw(world, '/passkeys/registration/verify', { json, headers })).json()) as Json
      return msg
    }
    expect(await post({})).toBe('challenge_id is required')
    expect(await post({ challenge_id: 'x' })).toBe('credential is required')
    expect(await post({ challenge_id: 'x', credential: {} })).toBe('challenge_id must be a valid UUID')
    for (const credential of [{}, { id: 'x' }, { id: 'eA', rawId: 'eA', type: 'public-key', response: null }]) {
      const { challenge_id, options } = worked(await client.passkey.startRegistration())
      expect(options).not.toHaveProperty('excludeCredentials')
      expect(await post({ challenge_id, credential })).toBe('Invalid credential response')
      expect(await post({ challenge_id, credential })).toBe('Challenge not found or already used')
    }
    const { challenge_id } = worked(await client.passkey.startAuthentication())
    const said = { id: 'eA', rawId: 'eA', type: 'public-key', response: { clientDataJSON: 'eA' } }
    const wrong = await client.passkey.verifyAuthentication({ challengeId: challenge_id, credential: said as never })
    expect(wrong.error?.message).toBe('Credential verification failed')
  })

  it('another person’s challenge, and a used one, count for nothing', async () => {
    const one = await aSignedIn(world)
    const other = await aSignedIn(world)
    const { challenge_id: challengeId, options } = worked(await one.client.passkey.startRegistration())
    const credential = securityKey(site).create(said(options), { verified: true }) as never
    const { error } = await other.client.passkey.verifyRegistration({ challengeId, credential })
    expect(error).toMatchObject({ status: 400, code: 'webauthn_challenge_not_found' })
    worked(await one.client.passkey.verifyRegistration({ challengeId, credential }))
    expect((await one.client.passkey.verifyRegistration({ challengeId, credential })).error).toMatchObject({
      code: 'webauthn_challenge_not_found',
    })
  })
})

describe('passkeys of others', () => {
  it('are listed and deleted by an administrator', async () => {
    const holder = await aHolder()
    const admin = adminApi(world)
    const listed = worked(await admin.passkey.listPasskeys({ userId: holder.userId }))
    expect(listed).toMatchObject([{ id: holder.made.id, friendly_name: 'Passkey' }])
    const gone = await admin.passkey.deletePasskey({ userId: holder.userId, passkeyId: holder.made.id })
    expect(gone.error).toBeNull()
    expect(worked(await admin.passkey.listPasskeys({ userId: holder.userId }))).toEqual([])
    expect((await comeIn(holder)).answer.error).toMatchObject({ code: 'webauthn_verification_failed' })
    const again = await admin.passkey.deletePasskey({ userId: holder.userId, passkeyId: holder.made.id })
    expect(again.error?.status).toBe(404)
  })
})
