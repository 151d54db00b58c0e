import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startWorld, type World } from '../world/world.ts'
import { doorNamed, doorNames } from './wire/doors.ts'
import { freshEmail, goodPassword, signedInAt } from './wire/people.ts'
import { at } from './wire/send.ts'

let world: World

beforeAll(async () => {
  world = await startWorld({ config: { emailChange: { bothAgree: false } } })
})
afterAll(() => world.close())

const next = 'the next lamp post whistles 4 tunes'

describe.each(doorNames)('the owner is told, through %s', (name) => {
  const door = () => doorNamed(name, world)

  async function expectOneNotice(to: string, template: string, secrets: readonly string[]): Promise<void> {
    const notice = await world.inbox.waitFor(to, template)
    expect((await world.inbox.list(to)).filter((message) => message.template === template)).toHaveLength(1)
    expect(notice.code).toBeNull()
    expect(notice.link).toBeNull()
    for (const secret of [...secrets, goodPassword, next])
      expect(notice.text + notice.html + notice.subject).not.toContain(secret)
    expect(notice.text).not.toMatch(/\b\d{6}\b|[?&](token|code)=/)
  }

  it('S133 of a new password', async () => {
    const me = await signedInAt(world, door())
    await door().changePassword(me.access, next, me.password)
    await expectOneNotice(me.email, 'password_changed', [me.access, me.refresh])
  })

  it('S133 of a new password that an administrator set', async () => {
    const me = await signedInAt(world, door())
    const reply = await door().admin(`/users/${me.id}`, {
      method: name === 'native' ? 'PATCH' : 'PUT',
      json: { password: next },
    })
    expect(reply.status).toBe(200)
    await expectOneNotice(me.email, 'password_changed', [me.access, me.refresh])
  })

  it('S133 of a new address, at the old one', async () => {
    const me = await signedInAt(world, door())
    const email = freshEmail('moved')
    const begun = await door().changeEmail(me.access, email)
    const { code } = await world.inbox.waitFor(email, 'email_change')
    if (name === 'native')
      await door().call('/attempts/answer', {
        json: { attempt: at(begun.body, 'attempt', 'token'), code },
        bearer: me.access,
      })
    else await door().call('/verify', { json: { type: 'email_change', email, token: code } })
    await expectOneNotice(me.email, 'email_changed', [code ?? ''])
  })

  it('S133 of a recovery, when it begins and when it is done', async () => {
    const me = await signedInAt(world, door())
    const begun = await door().recover(me.email)
    const { code } = await world.inbox.waitFor(me.email, 'recovery')
    const recovered = door().held(await door().answerRecovery(begun, me.email, code ?? ''))
    await door().changePassword(recovered.access, next)
    await expectOneNotice(me.email, 'recovery_finished', [code ?? '', recovered.access])
  })

  it('S133 of a replayed refresh token and of the end of the account', async () => {
    const me = await signedInAt(world, door())
    const second = door().held(await door().refresh(me.refresh))
    await door().refresh(second.refresh)
    await door().refresh(me.refresh)
    await expectOneNotice(me.email, 'session_replayed', [me.refresh, second.refresh])
    await door().remove(me.id, 'hard')
    await expectOneNotice(me.email, 'account_deleted', [])
  })
})

describe('too many wrong codes', () => {
  it('S133 S22 are told to the owner, once', async () => {
    const limited = await startWorld({
      config: { limits: { enabled: true, codesAccount: { limit: 5, seconds: 900 } } },
    })
    try {
      const door = doorNamed('supabase', limited)
      const me = await signedInAt(limited, door)
      await door.requestCode(me.email)
      const { code } = await limited.inbox.waitFor(me.email, 'sign_in')
      const wrong = code === '000000' ? '000001' : '000000'
      for (let tries = 0; tries < 8; tries += 1) await door.answerCode(await door.me(me.access), me.email, wrong)
      await limited.inbox.waitFor(me.email, 'sign_in_locked')
      expect((await limited.inbox.list(me.email)).filter(({ template }) => template === 'sign_in_locked')).toHaveLength(
        1,
      )
    } finally {
      await limited.close()
    }
  })
})
