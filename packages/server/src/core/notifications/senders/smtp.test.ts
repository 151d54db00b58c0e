import { generateKeyPairSync, sign } from 'node:crypto'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { later } from '../../../base/duration.ts'
import { systemRuntime } from '../../../base/runtime.ts'
import { migrate } from '../../../storage/migrate.ts'
import { openEmbedded } from '../../../storage/pglite.ts'
import { createVault } from '../../vault/vault.ts'
import { createDeliverer } from '../deliverer.ts'
import { loadTemplates } from '../load-templates.ts'
import { createOutbox } from '../outbox.ts'
import { createOutboxAdmin } from '../outbox-admin.ts'
import type { OutgoingMessage, Sender } from '../outgoing.ts'
import { createSmtpSender, isPlainAddress, type SmtpSenderOptions } from './smtp.ts'
import { classifySmtpFailure } from './smtp-failure.ts'
import { parseMailbox, parseSmtpUrl } from './smtp-url.ts'

interface Received {
  readonly from: string
  readonly to: readonly string[]
  readonly raw: string
  readonly mail: Email
  readonly secure: boolean
  readonly user: string | undefined
}

const open = new Set<{ close(): Promise<void> }>()

/** A real SMTP server on a port of this machine. */
async function smtpServer(options: SMTPServerOptions = {}, port = 0) {
  const received: Received[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const raw = Buffer.concat(chunks)
        void PostalMime.parse(raw).then((mail) => {
          const { mailFrom, rcptTo } = session.envelope
          const from = mailFrom === false ? '' : mailFrom.address
          const to = rcptTo.map(({ address }) => address)
          received.push({ from, to, raw: raw.toString(), mail, secure: session.secure, user: session.user })
          callback()
        })
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.server.address()
  const opened = {
    received,
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
  open.add(opened)
  return opened
}

const senders = new Set<Sender>()
function smtpSender(url: string, more: Partial<SmtpSenderOptions> = {}): Sender {
  const sender = createSmtpSender({ url, from: 'Acme <no-reply@acme.test>', ...more })
  senders.add(sender)
  return sender
}

const signal = new AbortController().signal
const outgoing = (more: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id: '01920000-0000-7000-8000-00000000abcd',
  channel: 'email',
  to: 'jo@example.test',
  template: 'sign_in',
  locale: 'en',
  values: {},
  rendered: { subject: 'Grüße', html: '<p>Grüße</p>', text: 'Grüße' },
  userId: undefined,
  requestId: 'req-1',
  ...more,
})

afterEach(async () => {
  for (const sender of senders) await sender.close?.()
  for (const server of open) await server.close()
  senders.clear()
  open.clear()
})

describe('an SMTP conversation', () => {
  it('carries one finished message with its headers', async () => {
    const server = await smtpServer()
    await smtpSender(`smtp://127.0.0.1:${server.port}`).send(outgoing(), signal)
    const [got] = server.received
    expect(got).toMatchObject({ from: 'no-reply@acme.test', to: ['jo@example.test'], user: undefined })
    expect(got?.mail).toMatchObject({
      subject: 'Grüße',
      from: { name: 'Acme', address: 'no-reply@acme.test' },
      to: [{ address: 'jo@example.test' }],
      messageId: '<01920000-0000-7000-8000-00000000abcd@acme.test>',
    })
    expect(got?.mail.text?.trim()).toBe('Grüße')
    expect(got?.mail.html?.trim()).toBe('<p>Grüße</p>')
    const headers = new Map(got?.mail.headers.map(({ key, value }) => [key, value]))
    expect(headers.get('auto-submitted')).toBe('auto-generated')
    expect(headers.get('x-request-id')).toBe('req-1')
    expect(headers.get('x-email-template')).toBe('sign_in')
  })

  it('uses the name and password of the URL', async () => {
    const onAuth: SMTPServerOptions['onAuth'] = (auth, _session, callback) =>
      auth.username === 'me@acme.test' && auth.password === 'p:a/s'
        ? callback(null, { user: 'me' })
        : callback(new Error('no'))
    const server = await smtpServer({ onAuth, authOptional: false, allowInsecureAuth: true })
    await smtpSender(`smtp://me%40acme.test:p%3Aa%2Fs@127.0.0.1:${server.port}`).send(outgoing(), signal)
    expect(server.received[0]?.user).toBe('me')
    const wrong = smtpSender(`smtp://me%40acme.test:wrong@127.0.0.1:${server.port}`).send(outgoing(), signal)
    await expect(wrong).rejects.toMatchObject({ kind: 'refused', reason: 'smtp_535' })
  })

  it('adds no header and no recipient, whatever values it is given', async () => {
    const server = await smtpServer()
    const sender = smtpSender(`smtp://127.0.0.1:${server.port}`)
    const rendered = { subject: 'a\r\nBcc: x@y.test', html: 'h', text: 't' }
    await sender.send(outgoing({ rendered, requestId: 'r\r\nBcc: x@y.test' }), signal)
    expect(server.received[0]?.to).toEqual(['jo@example.test'])
    expect(server.received[0]?.mail.headers.map(({ key }) => key)).not.toContain('bcc')
    for (const to of [
      'jo@example.test, x@y.test',
      'Jo <jo@example.test>',
      'jo@example.test\r\nRCPT TO:<x@y.test>',
      '"jo@example.test x"@y.test',
      'group:a@b.test;',
      'jo',
      'a@b@c.test',
    ]) {
      await expect(sender.send(outgoing({ to }), signal)).rejects.toMatchObject({ kind: 'permanent' })
    }
    expect(server.received).toHaveLength(1)
    expect(isPlainAddress('zoë+tag@exämple.test')).toBe(true)
  })

  it('uses TLS from the first byte for smtps, and only with a certificate somebody vouches for', async () => {
    const { key, certificate } = selfSigned('localhost')
    const server = await smtpServer({ secure: true, key, cert: certificate })
    const url = `smtps://localhost:${server.port}`
    await expect(smtpSender(url).send(outgoing(), signal)).rejects.toMatchObject({ kind: 'refused' })
    expect(server.received).toEqual([])
    await smtpSender(url, { certificateAuthority: certificate }).send(outgoing(), signal)
    expect(server.received[0]?.secure).toBe(true)
  })

  it('sends nothing in the clear to another machine', async () => {
    const server = await smtpServer()
    // The same machine under a name that does not say so.
    const url = `smtp://[::ffff:127.0.0.1]:${server.port}`
    await expect(smtpSender(url).send(outgoing(), signal)).rejects.toMatchObject({ kind: 'refused' })
    expect(server.received).toEqual([])
    await smtpSender(url, { dangerouslyAllowPlaintext: true }).send(outgoing(), signal)
    expect(server.received).toHaveLength(1)
  })
})

describe('from outbox to mailbox', async () => {
  const database = await openEmbedded({ folder: undefined, schema: 'auth' })
  await migrate(database)
  const clock = { now: new Date('2026-03-01T12:00:00.000Z') }
  const runtime = { ...systemRuntime(), now: () => clock.now }
  const needs = { database, vault: createVault([{ id: 'k1', bytes: Buffer.alloc(32, 7) }], runtime), runtime }
  const outbox = createOutbox(needs)
  const admin = createOutboxAdmin(needs)
  const templates = await loadTemplates({ appName: 'Acme', siteUrl: 'https://app.acme.test' })
  const pass = (seconds: number) => {
    clock.now = later(clock.now, seconds)
  }
  const enqueue = (to = 'jo@example.test', displayName = 'Jo') =>
    outbox.enqueue([
      {
        channel: 'email',
        to,
        template: 'sign_in',
        locale: 'ja',
        values: { code: '012345', link: 'https://id.acme.test/l?token=wwl_1', displayName, codeExpiresIn: 600 },
      },
    ])
  const delivererTo = (url: string) =>
    createDeliverer({ outbox, templates, runtime, senders: { email: smtpSender(url) } })

  beforeEach(() => database.script('delete from auth.outbox').then(() => pass(100)))
  afterAll(() => database.close())

  it('the person gets subject, link and code in their language', async () => {
    const server = await smtpServer()
    await enqueue()
    await delivererTo(`smtp://127.0.0.1:${server.port}`).drain()
    const mail = server.received[0]?.mail
    expect(mail?.subject).toBe('Acme へのサインイン')
    for (const body of [mail?.text, mail?.html]) {
      expect(body).toContain('012345')
      expect(body).toContain('https://id.acme.test/l?token=wwl_1')
      expect(body).toContain('10 分')
    }
    expect(await admin.list({})).toMatchObject([{ state: 'sent' }])
  })

  it.each(['<a href=//evil.test>x</a>', 'Win $$$ https://evil.test', `{{code}} \${7*7}`, 'a\r\nBcc: x@y.test'])(
    'a name such as %j stays text',
    async (name) => {
      const server = await smtpServer()
      await enqueue('jo@example.test', name)
      await delivererTo(`smtp://127.0.0.1:${server.port}`).drain()
      const [got] = server.received
      expect(got?.to).toEqual(['jo@example.test'])
      expect(got?.mail.headers.map(({ key }) => key)).not.toContain('bcc')
      expect(got?.mail.html).not.toMatch(/evil\.test|<a href="?\/\/|\b49\b/)
      expect(got?.mail.text).not.toMatch(/evil\.test|\b49\b/)
      expect(got?.mail.html?.match(/<a /g)).toHaveLength(2)
    },
  )

  it('a mail waits while the server is down and leaves soon after it is back', async () => {
    const gone = await smtpServer()
    await gone.close()
    await enqueue('a@example.test')
    await enqueue('b@example.test')
    const deliverer = delivererTo(`smtp://127.0.0.1:${gone.port}`)
    for (let tries = 0; tries < 30; tries += 1) {
      await deliverer.drain()
      pass(3)
    }
    expect(await admin.list({ state: 'waiting' })).toHaveLength(2)
    expect(deliverer.state().channels).toMatchObject([{ senderReachable: false }])
    const back = await smtpServer({}, gone.port)
    pass(3)
    await deliverer.drain()
    pass(3)
    await deliverer.drain()
    expect(back.received.map(({ to }) => to[0]).sort()).toEqual(['a@example.test', 'b@example.test'])
  })

  it('a mail refused for now is tried again, one refused for good is not', async () => {
    const busy = { on: true }
    const server = await smtpServer({
      onRcptTo({ address }, _session, callback) {
        if (address.startsWith('gone'))
          return callback(Object.assign(new Error(`no ${address}`), { responseCode: 550 }))
        if (busy.on) return callback(Object.assign(new Error('later'), { responseCode: 451 }))
        callback()
      },
    })
    await enqueue('gone@example.test')
    await enqueue('busy@example.test')
    const deliverer = delivererTo(`smtp://127.0.0.1:${server.port}`)
    await deliverer.drain()
    expect(await admin.list({ state: 'failed' })).toMatchObject([{ to: 'gone@example.test', lastError: 'smtp_550' }])
    expect(await admin.list({ state: 'waiting' })).toMatchObject([{ lastError: 'smtp_451' }])
    busy.on = false
    await deliverer.drain()
    expect(server.received).toEqual([])
    pass(6)
    await deliverer.drain()
    expect(server.received.map(({ to }) => to)).toEqual([['busy@example.test']])
  })
})

describe('what a failure means', () => {
  it.each([
    [{ code: 'EENVELOPE', command: 'RCPT TO', responseCode: 550 }, 'permanent', 'smtp_550'],
    [{ code: 'EENVELOPE', command: 'RCPT TO', responseCode: 450 }, 'temporary', 'smtp_450'],
    [{ code: 'EMESSAGE', command: 'DATA', responseCode: 554 }, 'permanent', 'smtp_554'],
    [{ code: 'EENVELOPE', command: 'MAIL FROM', responseCode: 553 }, 'refused', 'smtp_553'],
    [{ code: 'EAUTH', command: 'AUTH PLAIN', responseCode: 535 }, 'refused', 'smtp_535'],
    [{ code: 'EPROTOCOL', command: 'CONN', responseCode: 421 }, 'unreachable', 'smtp_421'],
    [{ code: 'ESOCKET', command: 'CONN' }, 'unreachable', 'smtp:ESOCKET'],
    [{ code: 'EDNS' }, 'unreachable', 'smtp:EDNS'],
    [undefined, 'unreachable', 'smtp:unknown'],
  ])('%j is %s', (error, kind, reason) => {
    expect(classifySmtpFailure(error)).toMatchObject({ kind, reason })
  })
})

describe('settings', () => {
  it('of a server are read from a URL', () => {
    expect(parseSmtpUrl('smtps://u:p%40@mail.acme.test?connections=2')).toEqual({
      host: 'mail.acme.test',
      port: 465,
      secure: true,
      isLoopback: false,
      auth: { user: 'u', pass: 'p@' },
      name: undefined,
      connections: 2,
    })
    expect(parseSmtpUrl('smtp://[::1]')).toMatchObject({ host: '::1', port: 587, isLoopback: true, auth: undefined })
  })

  it.each(['http://x.test', 'smtp:', 'mail.acme.test:25', 'smtp://u:secret@h/?tls=no', 'smtp://h?connections=0'])(
    'refuse the URL %s without showing a password',
    (url) => {
      expect(() => parseSmtpUrl(url)).toThrow(/SMTP URL(?!.*secret)/)
    },
  )

  it('of the sender are one mailbox', () => {
    expect(parseMailbox('Acme, Inc. <a@b.test>')).toEqual({ name: 'Acme, Inc.', address: 'a@b.test' })
    expect(parseMailbox('"Acme" <a@b.test>')).toEqual({ name: 'Acme', address: 'a@b.test' })
    expect(parseMailbox(' a@b.test ')).toEqual({ name: '', address: 'a@b.test' })
    for (const bad of ['', 'a', 'a@b.test, c@d.test', 'x <a@b.test>\r\nBcc: c@d.test']) {
      expect(() => parseMailbox(bad)).toThrow('mail sender')
    }
  })
})

/** A certificate for one host name, signed with its own key (RFC 5280), good for a century. */
function selfSigned(host: string) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const der = (tag: number, ...parts: (Buffer | string)[]): Buffer => {
    const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)))
    const size = body.length < 128 ? [body.length] : [0x82, body.length >> 8, body.length & 0xff]
    return Buffer.concat([Buffer.from([tag, ...size]), body])
  }
  const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'))
  const ecdsaWithSha256 = der(0x30, oid('2a8648ce3d040302'))
  const name = der(0x30, der(0x31, der(0x30, oid('550403'), der(0x0c, host))))
  const validity = der(0x30, der(0x17, '250101000000Z'), der(0x18, '21250101000000Z'))
  const alternativeName = der(0x30, oid('551d11'), der(0x04, der(0x30, der(0x82, host))))
  const authority = der(0x30, oid('551d13'), der(0x01, '\xff'), der(0x04, der(0x30, der(0x01, '\xff'))))
  const content = der(
    0x30,
    der(0xa0, der(0x02, '\x02')),
    der(0x02, '\x01'),
    ecdsaWithSha256,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, der(0x30, alternativeName, authority)),
  )
  const signature = der(0x03, '\0', sign('sha256', content, privateKey))
  const base64 = der(0x30, content, ecdsaWithSha256, signature).toString('base64')
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${base64.replace(/(.{64})/g, '$1\n')}\n-----END CERTIFICATE-----\n`,
  }
}
