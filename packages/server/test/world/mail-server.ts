import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'

/** A mail as a server on its way gets it. */
export interface ReceivedMail {
  /** The envelope's recipients. */
  readonly to: readonly string[]
  readonly raw: string
  /** Fields by their name in small letters, unfolded. */
  readonly headers: ReadonlyMap<string, string>
  /** Names of the fields in small letters, as often as they stand there. */
  readonly fields: readonly string[]
  readonly text: string
}

/** A real mail server on a port of this machine. */
export interface MailServer {
  readonly url: string
  /** The newest mail to an address, waited for. */
  waitFor(to: string): Promise<ReceivedMail>
  close(): Promise<void>
}

export async function startMailServer(): Promise<MailServer> {
  const received: ReceivedMail[] = []
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    logger: false,
    onData(stream, session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const raw = Buffer.concat(chunks)
        PostalMime.parse(raw).then(
          (mail) => {
            received.push({
              to: session.envelope.rcptTo.map(({ address }) => address),
              raw: raw.toString(),
              headers: new Map(mail.headers.map(({ key, value }) => [key, value])),
              fields: mail.headers.map(({ key }) => key),
              text: mail.text ?? '',
            })
            callback()
          },
          (error: Error) => callback(error),
        )
      })
    },
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `smtp://127.0.0.1:${port}`,
    async waitFor(to) {
      for (let tries = 0; tries < 600; tries += 1) {
        const mail = received.findLast((each) => each.to.includes(to))
        if (mail !== undefined) return mail
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
      throw new Error(`no mail came to ${to}`)
    },
    close: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}
