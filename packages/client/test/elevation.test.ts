import { Secret, TOTP } from 'otpauth'
import { describe, expect, it } from 'vitest'
import { type Account, createAccount } from '../src/account/index.ts'
import type { Attempt } from '../src/attempt/attempt.ts'
import { AuthError } from '../src/base/auth-error.ts'
import { unwrap } from '../src/base/result.ts'
import { aClient, anAddress, aSignedIn, aWorld, codeOf, ok, password } from './world.ts'

const world = aWorld()

/** Some time after a sign-in, when no proof is recent any more. */
const tooLong = 1_000
const clock = { moved: 0 }
const later = (seconds: number) => {
  clock.moved += seconds
  world().clock.move(seconds)
}
/** A code that was not used before. */
const nextCode = (secret: string) => {
  later(31)
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + clock.moved * 1000 })
}

async function anApp(account: Account, name: string): Promise<string> {
  const begun = await ok(account.factors.add({ type: 'totp', name }))
  if (begun.status !== 'pending' || begun.attempt.step.type !== 'totp_setup') throw new Error('no set-up came')
  const secret = begun.attempt.step.secret ?? ''
  await ok(begun.attempt.answer({ code: nextCode(secret) }))
  return secret
}

/** A person whose proof is old, with an app that asks. */
async function whoIsAsked(ask: (attempt: Attempt) => Promise<void>) {
  const asked: Attempt[] = []
  const onElevationNeeded = (attempt: Attempt) => {
    asked.push(attempt)
    return ask(attempt)
  }
  const { auth, email } = await aSignedIn(world(), { onElevationNeeded })
  later(tooLong)
  return { auth, email, asked, account: createAccount(auth) }
}

const withPassword = async (attempt: Attempt) => void (await unwrap(attempt.answer({ option: 'password', password })))

describe('a proof that is needed once more', () => {
  it('is asked for once, and the refused call is sent again', async () => {
    const { auth, asked } = await whoIsAsked(withPassword)
    const heard: string[] = []
    auth.onChange(({ event }) => heard.push(event))
    const user = await ok(auth.me.setPassword({ password: 'eight calm herons' }))
    expect(user).toMatchObject({ email: expect.any(String) })
    expect(asked).toHaveLength(1)
    expect(asked[0]).toMatchObject({ purpose: 'elevation', step: { type: 'choose' } })
    expect(auth.attempt).toBeNull()
    expect(heard).toContain('elevated')
  })

  it('is asked for by what begins an attempt, and by other entry points', async () => {
    const { auth, account, asked } = await whoIsAsked(withPassword)
    const email = anAddress('new')
    expect(await ok(auth.me.changeEmail({ email }))).toMatchObject({
      status: 'pending',
      attempt: { purpose: 'email_change' },
    })
    expect(asked).toHaveLength(1)
    later(tooLong)
    expect(await ok(account.factors.add({ type: 'totp' }))).toMatchObject({ attempt: { purpose: 'enrollment' } })
    expect(asked).toHaveLength(2)
  })

  it('is asked for once by all that is refused at the same time', async () => {
    const { auth, account, asked } = await whoIsAsked(withPassword)
    const done = await Promise.all([
      auth.me.changeEmail({ email: anAddress('new') }),
      account.factors.add({ type: 'totp' }),
      auth.me.setPassword({ password: 'nine brave wrens' }),
    ])
    expect(done.map(({ error }) => error)).toEqual([null, null, null])
    expect(asked).toHaveLength(1)
  })

  it('is a second factor where that of the session was taken away', async () => {
    const { auth, email } = await aSignedIn(world())
    const account = createAccount(auth)
    const [lost, kept] = [await anApp(account, 'lost'), await anApp(account, 'kept')]
    const asked: Attempt[] = []
    const other = aClient(world(), {
      async onElevationNeeded(attempt) {
        asked.push(attempt)
        await unwrap(attempt.answer({ code: nextCode(kept) }))
      },
    })
    const begun = await ok(other.signInWithPassword({ email, password }))
    if (begun.status !== 'pending') throw new Error('no factor was asked for')
    const id = (await ok(account.factors.list())).find(({ name }) => name === 'lost')?.id ?? ''
    await ok(begun.attempt.answer({ option: id, code: nextCode(lost) }))
    await ok(account.factors.remove(id))
    expect(await ok(other.sessions.current())).toMatchObject({ aal: 'aal1' })
    expect((await ok(other.sessions.list())).items).toHaveLength(2)
    expect(asked).toMatchObject([{ purpose: 'elevation', step: { type: 'choose', options: [{ type: 'totp' }] } }])
    expect(other.state).toMatchObject({ session: { aal: 'aal2' } })
  })

  it('that is not given leaves the refusal as it was', async () => {
    const { auth, asked } = await whoIsAsked(async () => {})
    expect(await codeOf(auth.me.removePassword())).toBe('reauthentication_needed')
    expect(asked).toHaveLength(1)
    expect(await codeOf(auth.me.removePassword())).toBe('reauthentication_needed')
    expect(asked).toHaveLength(2)
  })

  it('that goes wrong is told to whoever called', async () => {
    const wrong = await whoIsAsked(
      async (attempt) => void (await unwrap(attempt.answer({ option: 'password', password: 'not this one' }))),
    )
    expect(await codeOf(wrong.auth.me.removePassword())).toBe('invalid_credentials')
    const gone = new Error('the dialogue was closed')
    const closed = await whoIsAsked(() => Promise.reject(gone))
    await expect(closed.auth.me.removePassword()).rejects.toBe(gone)
    // Nothing is held back by what went wrong before.
    expect(await codeOf(closed.auth.me.update({ displayName: 'Ada' }))).toBeUndefined()
    expect(await codeOf(closed.auth.elevate())).toBeUndefined()
  })

  it('is not waited for by what is called meanwhile', async () => {
    const seen: (string | undefined)[] = []
    const { auth } = await whoIsAsked(async (attempt) => {
      seen.push(await codeOf(auth.me.removePassword()))
      await withPassword(attempt)
    })
    await ok(auth.me.setPassword({ password: 'eight calm herons' }))
    expect(seen).toEqual(['reauthentication_needed'])
  })

  it('is refused as before where nobody is to be asked', async () => {
    const { auth } = await aSignedIn(world())
    later(tooLong)
    const { error } = await auth.me.removePassword()
    expect(error).toBeInstanceOf(AuthError)
    expect(error?.code).toBe('reauthentication_needed')
  })

  it('is no matter of whoever is not signed in', async () => {
    const auth = aClient(world(), { onElevationNeeded: () => Promise.reject(new Error('nobody is there')) })
    expect(await codeOf(auth.me.removePassword())).toBe('not_signed_in')
  })
})
