import { createTransport } from 'nodemailer'
import { DeliveryFailure, type OutgoingMessage, type Sender } from '../outgoing.ts'
import { headerFields } from './header-fields.ts'
import { classifySmtpFailure } from './smtp-failure.ts'
import { type Mailbox, parseMailbox, parseSmtpUrl } from './smtp-url.ts'

/** Which server mail leaves through, and in whose name. */
export interface SmtpSenderOptions {
  /** `smtps://user:pass@host:465` or `smtp://user:pass@host:587`; `?connections=`, `?name=` (EHLO). */
  readonly url: string
  /** Who mails come from: `name@host` or `Name <name@host>`. */
  readonly from: string
  readonly replyTo?: string
  /** What `X-SMTPAPI` says on every mail: JSON that some services read. One line of printable ASCII. */
  readonly smtpApi?: string | undefined
  /** Lets passwords and codes travel readable for everybody on the way. Without it plain SMTP is for this machine only. */
  readonly dangerouslyAllowPlaintext?: boolean
  /** A certificate authority (PEM) beside the well-known ones. */
  readonly certificateAuthority?: string
}

/**
 * Sends e-mail over SMTP, with TLS required unless the server is on this machine, over a small pool of connections.
 * @throws Error at once for a URL or a sender address that cannot be right
 */
export function createSmtpSender(options: SmtpSenderOptions): Sender {
  const server = parseSmtpUrl(options.url)
  const from = parseMailbox(options.from)
  const replyTo = options.replyTo === undefined ? undefined : parseMailbox(options.replyTo)
  const { certificateAuthority, dangerouslyAllowPlaintext = false, smtpApi } = options
  const transport = createTransport({
    pool: true,
    host: server.host,
    port: server.port,
    secure: server.secure,
    requireTLS: !server.secure && !server.isLoopback && !dangerouslyAllowPlaintext,
    // What a development server offers for TLS on this machine is rarely a certificate anybody vouches for.
    ignoreTLS: server.isLoopback && !server.secure,
    tls: certificateAuthority === undefined ? {} : { ca: certificateAuthority },
    ...(server.auth === undefined ? {} : { auth: server.auth }),
    ...(server.name === undefined ? {} : { name: server.name }),
    maxConnections: server.connections,
    // A connection that dies while sending may have delivered: whether to try again is the outbox's business.
    maxRequeues: 0,
    idleTimeout: 30_000,
    dnsTimeout: 5_000,
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 30_000,
    socketCloseTimeout: 1_000,
    maxResponseSize: 64 * 1024,
    // Nothing in a message may make the library read a file or fetch an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  })

  return {
    async send(message, signal) {
      if (!isPlainAddress(message.to)) throw new DeliveryFailure('permanent', 'recipient_invalid')
      try {
        await transport.sendMail({
          ...mailOf(message, from, smtpApi),
          ...(replyTo === undefined ? {} : { replyTo }),
          signal,
        })
      } catch (error) {
        throw classifySmtpFailure(error)
      }
    },
    async close() {
      transport.close()
    },
  }
}

/** The recipient goes in as one address and is never read as a list; header values have lost their line ends already. */
function mailOf(message: OutgoingMessage, from: Mailbox, smtpApi: string | undefined) {
  const { id, to, rendered, requestId, template, locale, headers = {} } = message
  return {
    from,
    to: { name: '', address: to },
    subject: rendered.subject,
    text: rendered.text,
    html: rendered.html,
    messageId: `<${id}@${from.address.slice(from.address.lastIndexOf('@') + 1)}>`,
    headers: {
      // Its readers know no encoded words.
      ...(smtpApi === undefined ? {} : { 'X-SMTPAPI': { prepared: true, foldLines: true, value: smtpApi } }),
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
      'X-Email-Template': template,
      'Content-Language': locale.replaceAll('_', '-'),
      ...(requestId === undefined ? {} : { 'X-Request-Id': requestId.replace(/[^\w.:-]/g, '').slice(0, 128) }),
      ...headerFields(headers),
    },
  }
}

/** One address and nothing else: no list, no comment, no quoting, no route. */
export function isPlainAddress(text: string): boolean {
  return text.length <= 254 && /^[^\s\p{C}<>()[\]\\,;:"@]{1,64}@[^\s\p{C}<>()[\]\\,;:"@]{1,253}$/u.test(text)
}
