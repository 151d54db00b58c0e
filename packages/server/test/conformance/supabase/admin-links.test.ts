import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../../world/world.ts'
import { adminApi, anAddress, aPerson, authClient, goodPassword, landing, raw, worked } from './clients.ts'

let world: World
const redirectTo = 'http://localhost:3000/in?x=1&y=2'
beforeAll(async () => {
  world = await startWorld({ config: { siteUrl: 'http://localhost:3000' } })
})
afterAll(() => world.close())

const follow = async (link: string) => landing(await fetch(link, { redirect: 'manual' }))

describe('links an administrator makes', () => {
  it('sign up, with the metadata exactly as sent', async () => {
    const email = anAddress()
    const { user, properties } = worked(
      await adminApi(world).generateLink({
        type: 'signup',
        email,
        password: goodPassword,
        options: { data: { plan: 'pro' }, redirectTo },
      }),
    )
    expect(user).toMatchObject({ email, confirmation_sent_at: expect.any(String) })
    expect(user?.user_metadata).toEqual({ plan: 'pro' })
    expect(properties).toMatchObject({
      verification_type: 'signup',
      redirect_to: redirectTo,
      email_otp: expect.stringMatching(/^\d{6}$/),
      hashed_token: expect.any(String),
    })
    const link = new URL(properties?.action_link ?? '')
    expect(Object.fromEntries(link.searchParams)).toEqual({
      token: properties?.hashed_token,
      type: 'signup',
      redirect_to: redirectTo,
    })
    const { fragment, location } = await follow(link.href)
    expect(location.startsWith(`${redirectTo}#`)).toBe(true)
    expect(fragment.get('type')).toBe('signup')
    expect((await authClient(world).signInWithPassword({ email, password: goodPassword })).error).toBeNull()
    expect(await world.inbox.staysEmpty(email)).toBe(true)
  })

  it('sign in, and sign up whoever is not known', async () => {
    const { email, id } = await aPerson(world)
    const known = worked(await adminApi(world).generateLink({ type: 'magiclink', email }))
    expect(known.properties?.verification_type).toBe('magiclink')
    const hash = known.properties?.hashed_token ?? ''
    expect(worked(await authClient(world).verifyOtp({ token_hash: hash, type: 'magiclink' })).user?.id).toBe(id)
    const stranger = anAddress()
    const made = worked(await adminApi(world).generateLink({ type: 'magiclink', email: stranger }))
    expect(made.properties).toMatchObject({ verification_type: 'signup', redirect_to: 'http://localhost:3000' })
    const token = made.properties?.email_otp ?? ''
    expect(worked(await authClient(world).verifyOtp({ email: stranger, token, type: 'email' })).user?.email).toBe(
      stranger,
    )
  })

  it('recover and invite', async () => {
    const { email } = await aPerson(world)
    const recovery = worked(await adminApi(world).generateLink({ type: 'recovery', email }))
    expect((await follow(recovery.properties?.action_link ?? '')).fragment.get('type')).toBe('recovery')
    const invited = anAddress()
    const invitation = worked(
      await adminApi(world).generateLink({ type: 'invite', email: invited, options: { data: { a: 1 } } }),
    )
    expect(invitation.user).toMatchObject({ invited_at: expect.any(String), user_metadata: { a: 1 } })
    expect((await follow(invitation.properties?.action_link ?? '')).fragment.get('type')).toBe('invite')
  })

  it('change an address with one link for each side', async () => {
    const { email, id } = await aPerson(world)
    const newEmail = anAddress('new')
    const current = worked(await adminApi(world).generateLink({ type: 'email_change_current', email, newEmail }))
    const next = worked(await adminApi(world).generateLink({ type: 'email_change_new', email, newEmail }))
    expect(current.properties?.verification_type).toBe('email_change_current')
    expect(new URL(next.properties?.action_link ?? '').searchParams.get('type')).toBe('email_change')
    expect((await follow(current.properties?.action_link ?? '')).fragment.has('message')).toBe(true)
    const token = next.properties?.email_otp ?? ''
    const { user } = worked(await authClient(world).verifyOtp({ email: newEmail, token, type: 'email_change' }))
    expect(user).toMatchObject({ id, email: newEmail })
  })

  it('are refused where they make no sense', async () => {
    const ask = async (json: object) => {
      const answer = await raw(world, '/admin/generate_link', {
        json,
        headers: { authorization: `Bearer ${world.secretKey}` },
      })
      const body = (await answer.json()) as { error_code: string; msg: string }
      return [answer.status, body.error_code, body.msg]
    }
    const { email } = await aPerson(world)
    const taken = [422, 'email_exists', 'A user with this email address has already been registered']
    expect(await ask({ type: 'spell', email })).toEqual([
      400,
      'validation_failed',
      'Invalid email action link type requested: spell',
    ])
    expect(await ask({ type: 'signup' })).toEqual([400, 'validation_failed', 'An email address is required'])
    expect(await ask({ type: 'signup', email: anAddress() })).toEqual([
      400,
      'validation_failed',
      'Signup requires a valid password',
    ])
    expect(await ask({ type: 'recovery', email: anAddress() })).toEqual([
      404,
      'user_not_found',
      'User with this email not found',
    ])
    expect(await ask({ type: 'signup', email, password: goodPassword })).toEqual(taken)
    expect(await ask({ type: 'invite', email })).toEqual(taken)
    expect(await ask({ type: 'email_change_new', email })).toEqual([
      400,
      'validation_failed',
      'An email address is required',
    ])
    const other = await aPerson(world)
    expect(await ask({ type: 'email_change_new', email, new_email: other.email })).toEqual(taken)
  })
})

describe('invitations', () => {
  it('are refused for people who are here already', async () => {
    const { email } = await aPerson(world)
    expect((await adminApi(world).inviteUserByEmail(email)).error).toMatchObject({ status: 422, code: 'email_exists' })
    const invited = worked(await adminApi(world).inviteUserByEmail(anAddress(), { data: { team: 1 } }))
    expect(invited.user).toMatchObject({ invited_at: expect.any(String), user_metadata: { team: 1 } })
  })
})
