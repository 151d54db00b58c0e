/** An SMTP server and how to talk to it. */
export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** TLS from the first byte. */
  readonly secure: boolean
  /** Whether the server is this machine. */
  readonly isLoopback: boolean
  readonly auth: { readonly user: string; readonly pass: string } | undefined
  /** What we call ourselves. */
  readonly name: string | undefined
  readonly connections: number
}

/** Reads `smtp(s)://user:pass@host:port`. @throws Error that names the mistake and never shows the password */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || (url.protocol !== 'smtp:' && url.protocol !== 'smtps:') || url.hostname === '') {
    throw new Error('The SMTP URL must look like smtps://user:password@host:465')
  }
  for (const key of url.searchParams.keys()) {
    if (key !== 'connections' && key !== 'name') throw new Error(`The SMTP URL has an unknown parameter: ${key}`)
  }
  const connections = Number(url.searchParams.get('connections') ?? 4)
  if (!Number.isInteger(connections) || connections < 1 || connections > 50) {
    throw new Error('The SMTP URL asks for connections outside 1 to 50')
  }
  const secure = url.protocol === 'smtps:'
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const user = decodeURIComponent(url.username)
  return {
    host,
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    isLoopback: /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host),
    auth: user === '' ? undefined : { user, pass: decodeURIComponent(url.password) },
    name: url.searchParams.get('name') ?? undefined,
    connections,
  }
}

/** A name, which may be empty, and its bare address. */
export interface Mailbox {
  readonly name: string
  readonly address: string
}

/** Reads `name@host` or `Name <name@host>`. @throws Error for anything else */
export function parseMailbox(text: string): Mailbox {
  const found =
    /^\s*(?:"?([^"<>\p{C}]{0,128}?)"?\s*<([^\s<>,;@\p{C}]+@[^\s<>,;@\p{C}]+)>|([^\s<>,;@\p{C}]+@[^\s<>,;@\p{C}]+))\s*$/u.exec(
      text,
    )
  if (found === null) throw new Error('The mail sender must look like name@host or Name <name@host>')
  return { name: (found[1] ?? '').trim(), address: found[2] ?? found[3] ?? '' }
}
