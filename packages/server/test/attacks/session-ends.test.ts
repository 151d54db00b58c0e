import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import type { Door, Held } from './wire/door.ts'
import { doorNamed, doorNames } from './wire/doors.ts'
import { read } from './wire/forge.ts'
import { aPerson, freshEmail, type Person, pkcePair, returnCode, signedInAt } from './wire/people.ts'
import { at, verdict } from './wire/send.ts'

let world: World

beforeAll(async () => {
  world = await startWorld({ config: { emailChange: { bothAgree: false } } })
})
afterAll(() => world.close())

const newPassword = 'another violet teapot hums 9 songs'

async function threeSessions(door: Door): Promise<{ person: Person; held: [Held, Held, Held] }> {
  const person = await aPerson(world)
  const open = async () => door.held(await door.signIn(person.email, person.password))
  return { person, held: [await open(), await open(), await open()] }
}

async function alive(door: Door, held: readonly Held[]): Promise<boolean[]> {
  const answers: boolean[] = []
  for (const each of held) {
    const seen = (await door.me(each.access)).status === 200
    // An access token and its session must agree on whether there still is one.
    if (!seen) expect(door.isSession(await door.refresh(each.refresh))).toBe(false)
    answers.push(seen)
  }
  return answers
}

const mailed = async (to: string, template: string) => {
  const { code, link } = await world.inbox.waitFor(to, template)
  return { code: code ?? '', link: link ?? '' }
}

describe.each(doorNames)('what ends sessions, through %s', (name) => {
  const door = () => doorNamed(name, world)

  it('S52 a password change ends every session but the acting one', async () => {
    const { person, held } = await threeSessions(door())
    expect((await door().changePassword(held[1].access, newPassword, person.password)).status).toBe(200)
    expect(await alive(door(), held)).toEqual([false, true, false])
    expect(verdict(await door().signIn(person.email, person.password))).toBe('400 invalid_credentials')
  })

  it('S52 a change of e-mail ends every session but the acting one', async () => {
    const { person, held } = await threeSessions(door())
    const next = freshEmail('moved')
    const begun = await door().changeEmail(held[0].access, next)
    expect(begun.status).toBe(200)
    const { code } = await mailed(next, 'email_change')
    const done =
      name === 'native'
        ? await door().call('/attempts/answer', {
            json: { attempt: at(begun.body, 'attempt', 'token'), code },
            bearer: held[0].access,
          })
        : await door().call('/verify', { json: { type: 'email_change', email: next, token: code } })
    expect(verdict(done)).toBe('200')
    const [acting, ...others] = await alive(door(), held)
    expect(others).toEqual([false, false])
    expect(acting).toBe(true)
    expect(verdict(await door().signIn(person.email, person.password))).toBe('400 invalid_credentials')
  })

  it('S52 recovery ends every session, the one that asked included', async () => {
    const { person, held } = await threeSessions(door())
    const begun = await door().recover(person.email)
    const { code } = await mailed(person.email, 'recovery')
    const recovered = door().held(await door().answerRecovery(begun, person.email, code))
    expect(await alive(door(), held)).toEqual([false, false, false])
    expect((await door().me(recovered.access)).status).toBe(200)
  })

  it('S52 ban and deletion by an administrator end every session', async () => {
    for (const end of ['ban', 'soft', 'hard'] as const) {
      const { person, held } = await threeSessions(door())
      const reply = end === 'ban' ? await door().ban(person.id) : await door().remove(person.id, end)
      expect([200, 204], `${end} ${reply.text}`).toContain(reply.status)
      expect(await alive(door(), held), end).toEqual([false, false, false])
    }
  })

  it('S53 a banned user is refused at every door, with what was pending as well', async () => {
    const me = await signedInAt(world, door())
    const pair = pkcePair()
    const begunCode = await door().requestCode(me.email)
    const signInMail = await mailed(me.email, 'sign_in')
    const begunRecovery = await door().recover(me.email, pair.challenge)
    const recoveryMail = await mailed(me.email, 'recovery')
    const opened = await door().openLink(recoveryMail.link)
    const pending = returnCode(opened.headers.get('location')) ?? ''
    expect(pending).not.toBe('')
    await door().ban(me.id)

    const refused = {
      password: await door().signIn(me.email, me.password),
      refresh: await door().refresh(me.refresh),
      me: await door().me(me.access),
      update: await door().updateMetadata(me.access, { x: 1 }),
      change: await door().changePassword(me.access, newPassword, me.password),
      code: await door().answerCode(begunCode, me.email, signInMail.code),
      recovery: await door().answerRecovery(begunRecovery, me.email, recoveryMail.code),
      exchange: await door().exchange(pending, pair.verifier),
    }
    for (const [what, reply] of Object.entries(refused)) {
      expect(reply.status, `${what} ${reply.text}`).toBeGreaterThanOrEqual(400)
      expect(reply.status, `${what} ${reply.text}`).toBeLessThan(500)
    }
    expect(verdict(refused.password)).toMatch(/^40[03] user_banned$/)
    expect(await world.core.sessions.count(me.id)).toBe(0)
    await world.inbox.clear()
    for (const reply of [await door().requestCode(me.email), await door().recover(me.email)])
      expect(reply.status).toBe(200)
    expect(await world.inbox.staysEmpty(me.email)).toBe(true)
  })

  it('S53 a token signed just before a ban or a deletion opens nothing, whoever signed it in', async () => {
    for (const end of ['ban', 'soft', 'hard'] as const) {
      const me = await signedInAt(world, door())
      // Past the flow that ends sessions: the user's state alone must be enough.
      if (end === 'ban') await world.core.users.update(me.id, { bannedUntil: new Date(Date.now() + 90_000_000_000) })
      else if (end === 'soft') await world.core.users.update(me.id, { deletedAt: new Date() })
      else await world.core.users.remove(me.id)
      for (const each of [doorNamed('native', world), doorNamed('supabase', world)]) {
        expect(verdict(await each.me(me.access)), end).toMatch(/^403 (user_banned|user_not_found|session_not_found)$/)
        expect(verdict(await each.refresh(me.refresh)), end).toMatch(/^40[03] /)
      }
    }
  })

  it('S56 a recovery session says so and may set a new password without the old one', async () => {
    const person = await aPerson(world)
    const begun = await door().recover(person.email)
    const { code } = await mailed(person.email, 'recovery')
    const recovered = door().held(await door().answerRecovery(begun, person.email, code))
    expect(JSON.stringify(read(recovered.access).claims['amr'])).toContain('"recovery"')
    expect((await door().changePassword(recovered.access, newPassword)).status).toBe(200)
    expect(door().isSession(await door().signIn(person.email, newPassword))).toBe(true)
    await world.inbox.waitFor(person.email, 'recovery_finished')
  })

  it('S57 a sensitive change needs a recent proof, and refreshing is none', async () => {
    const me = await signedInAt(world, door())
    world.clock.move(601)
    const refreshed = door().held(await door().refresh(me.refresh))
    for (const access of [me.access, refreshed.access]) {
      const replies = [
        await door().changePassword(access, newPassword),
        await door().changeEmail(access, freshEmail('taken-over')),
        ...(name === 'native'
          ? [
              await door().call('/me', { method: 'DELETE', bearer: access }),
              await door().call('/me/password', { method: 'DELETE', bearer: access }),
            ]
          : []),
      ]
      for (const reply of replies) expect(verdict(reply)).toMatch(/^40[01] reauthentication_needed$/)
    }
    expect((await door().me(refreshed.access)).status).toBe(200)
    expect(verdict(await door().changePassword(refreshed.access, newPassword, 'not the password'))).toMatch(
      /^40[01] current_password_invalid$/,
    )
    expect((await door().changePassword(refreshed.access, newPassword, me.password)).status).toBe(200)
  })

  it('S57 a harmless change needs none', async () => {
    const me = await signedInAt(world, door())
    world.clock.move(601)
    expect((await door().updateMetadata(me.access, { colour: 'green' })).status).toBe(200)
  })
})
