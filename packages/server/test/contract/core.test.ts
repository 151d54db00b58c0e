import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Core } from '#src/core/core.ts'
import { changePassword } from '#src/flows/account/change-password.ts'
import { recover } from '#src/flows/account/recover.ts'
import { createUser } from '#src/flows/admin/create-user.ts'
import { generateLink } from '#src/flows/admin/generate-link.ts'
import { invite } from '#src/flows/admin/invite.ts'
import { updateUser } from '#src/flows/admin/update-user.ts'
import { verifyCode, verifyLink } from '#src/flows/attempt/verify.ts'
import { refresh } from '#src/flows/session/refresh.ts'
import { sendSignInCode } from '#src/flows/sign-in/with-code.ts'
import { signInWithPassword } from '#src/flows/sign-in/with-password.ts'
import { signUpAnonymously } from '#src/flows/sign-up/anonymously.ts'
import { signUpWithPassword } from '#src/flows/sign-up/with-password.ts'
import { removeUser } from '#src/flows/steps/remove-user.ts'
import { aCaller, type CoreWorld, startCore } from '../world/core.ts'

const caller = aCaller()
const actor = { type: 'key', id: 'test' } as const

describe.each(['embedded', 'postgres'] as const)('the flows on the %s store', (kind) => {
  const world: { current?: CoreWorld } = {}
  const core = (): Core => {
    if (world.current === undefined) throw new Error('not started')
    return world.current.core
  }
  beforeAll(async () => {
    world.current = await startCore(kind)
  })
  afterAll(() => world.current?.close())

  const signUp = (email: string, password = 'seven quiet otters') =>
    signUpWithPassword(core(), caller, { address: { email }, password, about: {}, back: {} })
  const confirmed = async (email: string, password = 'seven quiet otters') => {
    await createUser(core(), caller, actor, { email, password, emailConfirmed: true, way: 'admin' })
    const outcome = await signInWithPassword(core(), caller, { address: { email }, password })
    if (outcome.kind !== 'complete') throw new Error(outcome.kind)
    return outcome.grant
  }

  it('signs up, asks for confirmation, and conceals a taken address', async () => {
    const first = await signUp('ada@example.test')
    expect(first.kind).toBe('confirm')
    const password = await signInWithPassword(core(), caller, {
      address: { email: 'ada@example.test' },
      password: 'seven quiet otters',
    })
    expect(password.kind).toBe('unconfirmed')
    await confirmed('taken@example.test')
    expect((await signUp('taken@example.test')).kind).toBe('concealed')
  })

  it('refreshes, repeats within the grace, and ends the session on a replay', async () => {
    const grant = await confirmed('fay@example.test')
    const second = await refresh(core(), caller, grant.refreshToken)
    expect((await refresh(core(), caller, grant.refreshToken)).refreshToken).toBe(second.refreshToken)
    const third = await refresh(core(), caller, second.refreshToken)
    expect(third.refreshToken).not.toBe(second.refreshToken)
    await expect(refresh(core(), caller, grant.refreshToken)).rejects.toMatchObject({
      code: 'refresh_token_already_used',
    })
    await expect(refresh(core(), caller, third.refreshToken)).rejects.toMatchObject({ code: 'refresh_token_not_found' })
  })

  it('signs in by link and makes the account when the address is proved', async () => {
    await sendSignInCode(core(), caller, {
      address: { email: 'new@example.test' },
      createUser: true,
      about: { metadata: { plan: 'x' } },
      back: {},
    })
    await expect(
      verifyCode(core(), caller, { address: { email: 'new@example.test' }, code: '000000', purposes: ['sign_in'] }),
    ).rejects.toMatchObject({ code: 'otp_expired' })
    const link = await generateLink(core(), caller, actor, {
      purpose: 'sign_in',
      email: 'link@example.test',
      password: 'seven quiet otters',
    })
    const verified = await verifyLink(core(), caller, { token: link.link })
    expect(verified.kind).toBe('complete')
    await expect(verifyLink(core(), caller, { token: link.link })).rejects.toMatchObject({ code: 'otp_expired' })
  })

  it('changes a password, ends other sessions, and lets administrators ban and delete', async () => {
    const grant = await confirmed('bea@example.test')
    await recover(core(), caller, { address: { email: 'bea@example.test' }, back: {} })
    await changePassword(core(), caller, {
      user: grant.user,
      session: grant.session,
      password: 'eight calm herons',
      proof: {},
    })
    const banned = await updateUser(core(), caller, actor, {
      id: grant.user.id,
      change: { bannedUntil: new Date('2999-01-01'), metadata: { a: 1, b: null } },
    })
    expect(banned.metadata).toEqual({ a: 1 })
    await expect(refresh(core(), caller, grant.refreshToken)).rejects.toMatchObject({ code: 'refresh_token_not_found' })
    expect(await removeUser(core(), caller, { id: grant.user.id, mode: 'soft', actor })).toBe(true)
    expect(await removeUser(core(), caller, { id: grant.user.id, mode: 'hard', actor })).toBe(true)
    expect(await core().users.find(grant.user.id)).toBeUndefined()
  })

  it('S34 leaves nothing of a stranger who signed up with the address of somebody who is invited', async () => {
    await signUp('eve@example.test', 'the stranger knows this')
    const { user } = await invite(core(), caller, actor, { email: 'eve@example.test', metadata: { team: 'blue' } })
    // The stranger signs up once more, after the invitation.
    await signUp('eve@example.test', 'the stranger knows this')
    const link = await generateLink(core(), caller, actor, { purpose: 'invite', email: 'eve@example.test' })
    const verified = await verifyLink(core(), caller, { token: link.link })
    expect(verified.kind === 'complete' && verified.grant.user).toMatchObject({
      id: user.id,
      hasPassword: false,
      metadata: { team: 'blue' },
    })
    const address = { email: 'eve@example.test' }
    const attempt = signInWithPassword(core(), caller, { address, password: 'the stranger knows this' })
    await expect(attempt).rejects.toMatchObject({ code: 'invalid_credentials' })
  })

  it('lets guests in', async () => {
    const grant = await signUpAnonymously(core(), caller, { metadata: { theme: 'dark' } })
    expect(grant.user.isAnonymous).toBe(true)
    expect(await core().accessTokens.verify(grant.accessToken)).toMatchObject({
      sub: grant.user.id,
      is_anonymous: true,
    })
  })
})
