import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import { describe, expect, it } from 'vitest'
import type { ConfigInput } from '#src/config/schema.ts'
import { freePort } from '../../set-up/free-port.ts'
import { temporaryFolders } from '../../world/folders.ts'
import { startGateway } from '../../world/text-gateway.ts'
import { startWorld, type World } from '../../world/world.ts'
import {
  altogicClient,
  aNumber,
  anAddress,
  aSignedIn,
  followMail,
  goodPassword,
  refusedWith,
  worked,
} from './clients.ts'

// What Altogic's designer has as the settings of an app, as settings of ours: each does for this dialect what it says.
const aFolder = temporaryFolders()
const site = 'http://localhost:3000'
const phone = { enabled: true, countries: ['US'] }

async function withWorld(config: ConfigInput, work: (world: World) => Promise<void>): Promise<void> {
  const world = await startWorld({ config: { siteUrl: site, ...config } })
  try {
    await work(world)
  } finally {
    await world.close()
  }
}
const codeTo = async (world: World, to: string) => (await world.inbox.waitFor(to)).code ?? ''

describe('the settings of an app', () => {
  it('phones off: every call with a number says so, and e-mail goes on', async () => {
    await withWorld({ phone: { enabled: false } }, async (world) => {
      const { client } = await aSignedIn(world)
      const { auth } = client
      const number = aNumber()
      for (const answer of [
        await auth.signUpWithPhone(number, goodPassword),
        await auth.signInWithPhone(number, goodPassword),
        await auth.signInWithCode(number, '123456'),
        await auth.sendSignInCode(number),
        await auth.sendResetPwdCode(number),
        await auth.resetPwdWithCode(number, '123456', goodPassword),
        await auth.resendVerificationCode(number),
        await auth.verifyPhone(number, '123456'),
        await auth.changePhone(goodPassword, number),
      ])
        expect(refusedWith(answer)).toEqual([401, 'not_allowed'])
    })
  })

  it('e-mail off: every call with an address says so, and phones go on', async () => {
    await withWorld({ phone, dialects: { altogic: { emails: false } } }, async (world) => {
      const { auth } = altogicClient(world)
      const [email, number] = [anAddress(), aNumber()]
      worked(await auth.signUpWithPhone(number, goodPassword))
      worked(await auth.verifyPhone(number, await codeTo(world, number)))
      for (const answer of [
        await auth.signUpWithEmail(email, goodPassword),
        await auth.signInWithEmail(email, goodPassword),
        await auth.resendVerificationEmail(email),
        await auth.sendMagicLinkEmail(email),
        await auth.sendResetPwdEmail(email),
        await auth.changeEmail(goodPassword, email),
      ])
        expect(refusedWith(answer)).toEqual([401, 'not_allowed'])
      expect(worked(await auth.getUserFromDB()).user).toMatchObject({ phone: number })
    })
  })

  it('confirmation is on or off for each channel by itself', async () => {
    for (const [signUp, opened] of [
      [{ emailConfirmation: true, phoneConfirmation: false }, [false, true]],
      [{ emailConfirmation: false, phoneConfirmation: true }, [true, false]],
    ] as const)
      await withWorld({ phone, signUp }, async (world) => {
        const byEmail = worked(await altogicClient(world).auth.signUpWithEmail(anAddress(), goodPassword))
        const byPhone = worked(await altogicClient(world).auth.signUpWithPhone(aNumber(), goodPassword))
        expect([byEmail, byPhone].map(({ session }) => session !== null)).toEqual(opened)
      })
  })

  it('codes that sign in can be switched off; those that confirm and reset go on', async () => {
    await withWorld({ phone, dialects: { altogic: { smsCodes: false } } }, async (world) => {
      const { auth } = altogicClient(world)
      const number = aNumber()
      worked(await auth.signUpWithPhone(number, goodPassword))
      worked(await auth.verifyPhone(number, await codeTo(world, number)))
      expect(refusedWith(await auth.sendSignInCode(number))).toEqual([401, 'sms_auth_codes_disabled'])
      expect(refusedWith(await auth.signInWithCode(number, '123456'))).toEqual([401, 'sms_auth_codes_disabled'])
      worked(await auth.sendResetPwdCode(number))
    })
  })

  it('codes have a length and a life', async () => {
    await withWorld({ phone, codes: { length: 8, seconds: 60 } }, async (world) => {
      const { auth } = altogicClient(world)
      const [first, second] = [aNumber(), aNumber()]
      worked(await auth.signUpWithPhone(first, goodPassword))
      const code = await codeTo(world, first)
      expect(code).toMatch(/^\d{8}$/)
      worked(await auth.verifyPhone(first, code))
      worked(await auth.signUpWithPhone(second, goodPassword))
      const late = await codeTo(world, second)
      world.clock.move(61)
      expect(refusedWith(await auth.verifyPhone(second, late))).toEqual([403, 'invalid_access_token'])
    })
  })

  it('links have a life, each kind its own', async () => {
    await withWorld({ links: { confirm: 120, signIn: 240, recovery: 360 } }, async (world) => {
      const email = anAddress()
      const { auth } = altogicClient(world)
      const status = async (template: string, after: number) => {
        const message = await world.inbox.waitFor(email, template)
        world.clock.move(after)
        const response = await fetch(message.link ?? '', { redirect: 'manual' })
        return new URL(response.headers.get('location') ?? '').searchParams.get('status')
      }
      worked(await auth.signUpWithEmail(email, goodPassword))
      expect(await status('sign_up', 121)).toBe('400')
      await world.inbox.clear()
      worked(await auth.resendVerificationEmail(email))
      expect(await status('sign_up', 60)).toBe('200')
      worked(await auth.sendMagicLinkEmail(email))
      expect(await status('sign_in', 241)).toBe('400')
      worked(await auth.sendResetPwdEmail(email))
      expect(await status('recovery', 361)).toBe('400')
    })
  })

  it('links may wait for a click, and are worth as much until then', async () => {
    await withWorld({ links: { confirmation: 'click' } }, async (world) => {
      const email = anAddress()
      const { auth } = altogicClient(world)
      worked(await auth.signUpWithEmail(email, goodPassword))
      const { link } = await world.inbox.waitFor(email)
      for (let looks = 0; looks < 2; looks += 1) {
        const page = await fetch(link ?? '', { redirect: 'manual' })
        expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8'])
      }
      const { origin, pathname, searchParams } = new URL(link ?? '')
      const click = (from: string) =>
        fetch(origin + pathname, { method: 'POST', redirect: 'manual', headers: { origin: from }, body: searchParams })
      expect((await click('https://evil.test')).status).toBe(401)
      const place = new URL((await click(world.core.settings.publicUrl)).headers.get('location') ?? '')
      expect([place.searchParams.get('status'), place.searchParams.get('action')]).toEqual(['200', 'email-confirm'])
      expect(worked(await auth.getAuthGrant(place.searchParams.get('access_token') ?? '')).user).toMatchObject({
        email,
      })
    })
  })

  it('a session has a length, and its cookie the same', async () => {
    await withWorld({ sessions: { absolute: 7_200, idle: 3_600 } }, async (world) => {
      const { email, client, session } = await aSignedIn(world)
      const response = await fetch(`${world.url}/_api/rest/v1/auth/signin-email`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-client-key': world.publishableKey },
        body: JSON.stringify({ email, password: goodPassword }),
      })
      expect(response.headers.get('set-cookie')).toMatch(/; Max-Age=7(200|199);/)
      world.clock.move(3_500)
      worked(await client.auth.getUserFromDB())
      world.clock.move(3_500)
      worked(await client.auth.getUserFromDB())
      world.clock.move(300)
      expect(refusedWith(await client.auth.getUserFromDB())).toEqual([401, 'invalid_session_token'])
      const idle = worked(await client.auth.signInWithEmail(email, goodPassword)).session
      expect(idle?.token).not.toBe(session.token)
      world.clock.move(3_601)
      expect(refusedWith(await client.auth.getUserFromDB())).toEqual([401, 'invalid_session_token'])
    })
  })

  it('a redirect URL of its own, and the site without one', async () => {
    for (const [redirectUrl, place] of [
      ['https://app.example.test/auth?kept=1', 'https://app.example.test/auth'],
      [undefined, `${site}/`],
    ] as const)
      await withWorld({ dialects: { altogic: redirectUrl === undefined ? {} : { redirectUrl } } }, async (world) => {
        const email = anAddress()
        worked(await altogicClient(world).auth.signUpWithEmail(email, goodPassword))
        const { origin, pathname } = await followMail(world, email)
        expect(origin + pathname).toBe(place)
      })
  })

  it('message templates, by Altogic’s names and with its placeholders', async () => {
    const folder = await aFolder()
    const write = async (name: string, html: string) => {
      await mkdir(join(folder, 'en', name), { recursive: true })
      await writeFile(join(folder, 'en', name, 'subject.txt'), `${name} of {{ user.name }}`)
      await writeFile(join(folder, 'en', name, 'body.html'), html)
    }
    const body =
      '<p>{{ user.name }}, {{user.city}}: <a href="{{token.confirmationURL}}">go</a> {{token.email}} {{what}}</p>'
    for (const name of ['confirm_email', 'reset_password', 'magic_link', 'confirm_email_change'])
      await write(name, body)
    const sms = { template: 'Your number is {{token.phone}} and your code {{ token.code }}.' }
    await withWorld(
      { phone, sms, mail: { templatesFolder: folder }, emailChange: { bothAgree: false } },
      async (world) => {
        const [email, to, number] = [anAddress(), anAddress('next'), aNumber()]
        const { auth } = altogicClient(world)
        worked(await auth.signUpWithEmail(email, goodPassword, { name: 'Ada <b>', city: 'Köln' }))
        const confirm = await world.inbox.waitFor(email, 'sign_up')
        expect(confirm.subject).toBe('confirm_email of Ada <b>')
        expect(confirm.html).toContain('Köln: <a href="http')
        expect(confirm.html).not.toContain('<b>')
        expect(confirm.html).toContain(`${email} </p>`)
        const place = await followMail(world, email, 'sign_up')
        worked(await auth.getAuthGrant(place.searchParams.get('access_token') ?? ''))
        worked(await auth.sendMagicLinkEmail(email))
        worked(await auth.sendResetPwdEmail(email))
        worked(await auth.changeEmail(goodPassword, to))
        const subjects = async (address: string, template: string) =>
          (await world.inbox.waitFor(address, template)).subject
        expect(await subjects(email, 'sign_in')).toMatch(/^magic_link of Ada/)
        expect(await subjects(email, 'recovery')).toMatch(/^reset_password of Ada/)
        expect(await subjects(to, 'email_change')).toMatch(/^confirm_email_change of Ada/)
        expect((await world.inbox.waitFor(to)).html).toContain(`${to} </p>`)
        worked(await auth.signUpWithPhone(number, goodPassword))
        expect((await world.inbox.waitFor(number)).text).toMatch(
          new RegExp(`^Your number is \\${number} and your code \\d{6}\\.$`),
        )
      },
    )
  })

  it('a mail server and a sender', async () => {
    const port = await freePort()
    const received: string[] = []
    const smtp = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onData(stream, _session, done) {
        const chunks: Buffer[] = []
        stream
          .on('data', (chunk: Buffer) => chunks.push(chunk))
          .on('end', () => {
            received.push(Buffer.concat(chunks).toString())
            done()
          })
      },
    })
    await once(smtp.listen(port, '127.0.0.1'), 'listening')
    try {
      const mail = { smtpUrl: `smtp://127.0.0.1:${port}`, from: 'The Shop <hello@shop.example>' }
      await withWorld({ mail }, async (world) => {
        const email = anAddress()
        worked(await altogicClient(world).auth.signUpWithEmail(email, goodPassword))
        await expect.poll(() => received.length, { timeout: 10_000 }).toBe(1)
        expect(received[0]).toMatch(/^From: The Shop <hello@shop\.example>/m)
        expect(received[0]).toContain(email)
      })
    } finally {
      await new Promise<void>((resolve) => smtp.close(() => resolve()))
    }
  })

  const sid = `AC${'a'.repeat(32)}`
  it.each([
    {
      provider: 'twilio' as const,
      twilio: { accountSid: sid, authToken: 'the token', sender: '+12025550100' },
      path: `/2010-04-01/Accounts/${sid}/Messages.json`,
      fields: ['To', 'Body'],
      reply: { status: 201, json: { sid: 'SM1' } },
    },
    {
      provider: 'messagebird' as const,
      messagebird: { accessKey: 'the key', originator: 'Shop' },
      path: '/messages',
      fields: ['recipients', 'body'],
      reply: { status: 201, json: { id: '1' } },
    },
    {
      provider: 'vonage' as const,
      vonage: { apiKey: 'key', apiSecret: 'the secret', from: 'Shop' },
      path: '/sms/json',
      fields: ['to', 'text'],
      reply: { status: 200, json: { messages: [{ status: '0' }] } },
    },
  ])('$provider for texts', async ({ path, fields: [to = '', text = ''], reply, ...sms }) => {
    const gateway = await startGateway()
    gateway.answer(reply)
    try {
      await withWorld(
        { phone, sms: { ...sms, url: gateway.url }, outbound: { allow: ['127.0.0.1'] } },
        async (world) => {
          const { auth } = altogicClient(world)
          const number = aNumber()
          worked(await auth.signUpWithPhone(number, goodPassword))
          await expect.poll(() => gateway.requests.length, { timeout: 10_000 }).toBe(1)
          const [asked] = gateway.requests
          expect([asked?.method, asked?.path]).toEqual(['POST', path])
          expect(asked?.form[to]?.replace(/^\+?/, '+')).toBe(number)
          const code = /\d{6}/.exec(asked?.form[text] ?? '')?.[0] ?? ''
          expect(worked(await auth.verifyPhone(number, code)).session).not.toBeNull()
        },
      )
    } finally {
      await gateway.close()
    }
  })

  it('stand in the dialect’s page, each under a name that there is', async () => {
    const root = join(import.meta.dirname, '../../../../..')
    const page = await readFile(join(root, 'packages/server/src/dialects/altogic/README.md'), 'utf8')
    const known = await readFile(join(root, 'docs/reference/settings.md'), 'utf8')
    const [, table = ''] = page.split('## What the designer had')
    const named = [...table.matchAll(/`((?:[a-z][A-Za-z]+\.)+(?!html|txt)[A-Za-z]+)`/g)].map(([, name = '']) => name)
    expect(named.length).toBeGreaterThan(15)
    expect(named.filter((name) => !known.includes(`\`${name}\``))).toEqual([])
  })
})
