import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createClient } from '@nhost/nhost-js'
import { MemoryStorage } from '@nhost/nhost-js/session'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadConfig } from '#src/config.ts'
import { freePort } from '../../set-up/free-port.ts'
import { temporaryFolders } from '../../world/folders.ts'
import { startWorld, type World } from '../../world/world.ts'
import { anAddress, aPerson, aSignedIn, followMail, goodPassword, nhostClient, raw } from './clients.ts'

const variable = (name: string) => `$\{${name}}`
const names = 'link displayName email newEmail ticket redirectTo locale serverUrl clientUrl unknown'.split(' ')
const own: Readonly<Record<string, string>> = {
  'en/email-verify/subject.txt': `Verify your email, ${variable('displayName')}`,
  'en/email-verify/body.html': `<p>${names.map(variable).join('|')}|</p>`,
  'fr/email-verify/subject.txt': 'Vérifier votre courriel',
  'fr/email-verify/body.html': `<p>Bonjour ${variable('displayName')}</p>`,
  'en/signin-otp/subject.txt': `One-time password for ${variable('redirectTo')}`,
  'en/signin-otp/body.html': `<p>${variable('ticket')}</p>`,
  'en/elevate-otp/subject.txt': 'Session elevation code',
  'en/elevate-otp/body.html': `<p>${variable('displayName')}|${variable('ticket')}|${variable('redirectTo')}</p>`,
  'en/signin-passwordless/subject.txt': 'Secure sign-in link',
  'en/signin-passwordless/body.html': `<p>${names.map(variable).join('|')}|</p>`,
  'fr/signin-passwordless/subject.txt': `Lien de connexion sécurisé pour ${variable('displayName')}`,
  'fr/signin-passwordless/body.html': `<p>${names.map(variable).join('|')}|</p>`,
  'en/email-confirm-change/subject.txt': 'Change your email address',
  'en/email-confirm-change/body.html': `<p>${names.map(variable).join('|')}|</p>`,
  'en/signin-passwordless-sms/body.txt': `The code of ours is ${variable('code')}.`,
  'en/password-reset/subject.txt': 'Reset your password',
  'en/password-reset/body.html': `<a href="${variable('link')}">Reset</a>`,
}

const aFolder = temporaryFolders()
let folder: string
let port: number
let world: World
beforeAll(async () => {
  folder = await aFolder()
  for (const [file, text] of Object.entries(own)) {
    await mkdir(join(folder, file, '..'), { recursive: true })
    await writeFile(join(folder, file), text)
  }
  port = await freePort()
  world = await startWorld({
    config: {
      siteUrl: 'http://localhost:3000',
      mail: { templatesFolder: folder },
      emailChange: { bothAgree: false },
      phone: { enabled: true, countries: ['US'] },
      dialects: { nhost: { port } },
    },
  })
})
afterAll(() => world.close())

describe('a folder of templates as an application already has it', () => {
  it('fills every variable, and leaves unknown ones empty', async () => {
    const email = anAddress()
    const redirectTo = 'http://localhost:3000/in'
    const options = { displayName: 'Jo Doe', redirectTo }
    await nhostClient(world).auth.signUpEmailPassword({ email, password: goodPassword, options })
    const { subject, html } = await world.inbox.waitFor(email)
    expect(subject).toBe('Verify your email, Jo Doe')
    const [link = '', name, to, newEmail, ticket = '', place, locale, serverUrl, clientUrl, unknown] = html
      .replace(/^.*<p>/s, '')
      .split('|')
    expect([name, to, newEmail, place, locale, serverUrl, clientUrl, unknown]).toEqual([
      ...['Jo Doe', email, '', redirectTo, 'en', `${world.config.settings.publicUrl}/nhost/v1`],
      ...['http://localhost:3000', ''],
    ])
    expect(ticket).toMatch(/^verifyEmail:/)
    expect(new URL(link.replaceAll('&amp;', '&')).searchParams.get('ticket')).toBe(ticket)
    const followed = await fetch(link.replaceAll('&amp;', '&'), { redirect: 'manual' })
    expect(followed.headers.get('location')).toContain('type=verifyEmail')
  })

  it('is read by language; what has no template there has the one of the server', async () => {
    const email = anAddress()
    const options = { displayName: 'Zoé', locale: 'fr' }
    const nhost = nhostClient(world)
    await nhost.auth.signUpEmailPassword({ email, password: goodPassword, options })
    expect(await world.inbox.waitFor(email)).toMatchObject({
      subject: 'Vérifier votre courriel',
      html: expect.stringContaining('Bonjour Zoé'),
    })
    await followMail(world.inbox, email)
    await nhost.auth.sendPasswordResetEmail({ email })
    const { subject } = await world.inbox.waitFor(email, 'recovery')
    expect(subject).not.toBe('Reset your password')
  })

  it('knows what each mail is about: a link to sign in, a change of address, a text', async () => {
    const valuesOf = (html: string) => html.replace(/^.*<p>/s, '').split('|')
    const { nhost, email } = await aSignedIn(world)
    await nhostClient(world).auth.signInPasswordlessEmail({ email })
    const mailed = await world.inbox.waitFor(email, 'sign_in')
    const [link = '', name, to, , ticket] = valuesOf(mailed.html)
    expect([mailed.subject, name, to]).toEqual(['Secure sign-in link', email, email])
    expect(ticket).toMatch(/^passwordlessEmail:/)
    expect(new URL(link.replaceAll('&amp;', '&')).searchParams.get('type')).toBe('signinPasswordless')
    const newEmail = anAddress()
    await nhost.auth.changeUserEmail({ newEmail })
    const changed = await world.inbox.waitFor(newEmail)
    const [, , from, asked, proof] = valuesOf(changed.html)
    expect([changed.subject, from, asked]).toEqual(['Change your email address', email, newEmail])
    expect(proof).toMatch(/^emailConfirmChange:/)
    const phoneNumber = '+12025550143'
    await nhostClient(world).auth.signInPasswordlessSms({ phoneNumber })
    const { text, code } = await world.inbox.waitFor(phoneNumber)
    expect(text.trim()).toBe(`The code of ours is ${code}.`)
  })

  it('mails newcomers who ask for a link that link, in the language and by the name they gave', async () => {
    const options = { displayName: 'Zoé', locale: 'fr' }
    const ways = ['signInPasswordlessEmail', 'signUpPasswordlessEmail'] as const
    for (const way of ways) {
      const email = anAddress()
      await nhostClient(world).auth[way]({ email, options })
      const { subject, html } = await world.inbox.waitFor(email)
      expect([way, subject]).toEqual([way, 'Lien de connexion sécurisé pour Zoé'])
      expect(html).toContain('|Zoé|')
    }
    const other = anAddress()
    await nhostClient(world).auth.signInPasswordlessEmail({ email: other, options: { locale: 'xx' } })
    expect((await world.inbox.waitFor(other)).subject).toBe('Secure sign-in link')
  })

  it('shows the code where the original had it', async () => {
    const { email } = await aPerson(world)
    await nhostClient(world).auth.signInOTPEmail({ email })
    const { html, code, subject, link } = await world.inbox.waitFor(email)
    expect(html).toContain(`<p>${code}</p>`)
    expect(link).toBeNull()
    expect(subject).toBe('One-time password for http://localhost:3000')
  })
})

describe('the mail before something sensitive', () => {
  it('has the template of an elevation', async () => {
    const { nhost, email } = await aSignedIn(world)
    const headers = { authorization: `Bearer ${nhost.getUserSession()?.accessToken ?? ''}` }
    expect((await raw(world, '/elevate/otp/email', { method: 'POST', headers })).status).toBe(200)
    const { subject, html, code } = await world.inbox.waitFor(email, 'reauthentication')
    expect(subject).toBe('Session elevation code')
    expect(html).toContain(`|${code}|http://localhost:3000</p>`)
  })
})

describe('a port of its own', () => {
  const alone = () => createClient({ authUrl: `http://localhost:${port}/v1`, storage: new MemoryStorage() })

  it('serves the dialect below /v1, and nothing else', async () => {
    const email = anAddress()
    await alone().auth.signUpEmailPassword({ email, password: goodPassword })
    const { html } = await world.inbox.waitFor(email)
    expect(html).toContain(`http://localhost:${port}/v1/verify?`)
    const client = alone()
    expect((await client.auth.healthCheckGet()).status).toBe(200)
    expect((await fetch(`http://localhost:${port}/v1/me`)).status).toBe(404)
    expect((await fetch(`http://localhost:${port}/nhost/v1/version`)).status).toBe(404)
  })

  it('knows the same people and sessions as the other mount', async () => {
    const { email } = await aPerson(world)
    const { body } = await alone().auth.signInEmailPassword({ email, password: goodPassword })
    const other = nhostClient(world)
    const renewed = await other.auth.refreshToken({ refreshToken: body.session?.refreshToken ?? '' })
    expect(renewed.body.user?.email).toBe(email)
  })

  it('must be another than that of the server', async () => {
    const input = { port: 4_000, dialects: { nhost: { port: 4_000 } } }
    await expect(loadConfig({ input, cwd: folder })).rejects.toThrow(/dialects\.nhost\.port .*must differ/)
  })
})
