import { randomBytes } from 'node:crypto'
import { systemRuntime } from '#src/base/runtime.ts'
import type { ConfigInput } from '#src/config/schema.ts'
import { loadConfig } from '#src/config.ts'
import { createLog } from '#src/logging.ts'
import { type RunningWatchword, startServer } from '#src/server.ts'
import type { Database } from '#src/storage/database.ts'
import { openEmbedded } from '#src/storage/pglite.ts'
import { freePort } from '../../set-up/free-port.ts'
import { createInbox, type Inbox } from '../../world/inbox.ts'
import { snapshot } from '../../world/snapshot.ts'

/** A server with the real log at its most talkative, as one line after another. */
export interface LoggedServer {
  readonly url: string
  readonly secretKey: string
  readonly publishableKey: string
  readonly core: RunningWatchword['watchword']['core']
  readonly database: Database
  readonly inbox: Inbox
  /** What was logged, line by line, as it would have been written. */
  readonly lines: string[]
  close(): Promise<void>
}

/** Starts one on an embedded database. @param database another one, which is closed with it */
export async function startLoggedServer(input: ConfigInput = {}, database?: Database): Promise<LoggedServer> {
  const lines: string[] = []
  const secrets = {
    encryptionKey: `k1:${randomBytes(32).toString('base64')}`,
    publishableKey: `wwp_${randomBytes(32).toString('base64url')}`,
    secretKey: `wws_${randomBytes(32).toString('base64url')}`,
    ...input.secrets,
  }
  const config = await loadConfig({
    cwd: '/tmp',
    input: { port: await freePort(), ...input, secrets, limits: { enabled: false, ...input.limits } },
  })
  const runtime = systemRuntime(createLog({ level: 'debug', format: 'json', write: (line) => void lines.push(line) }))
  const opened = database ?? (await openEmbedded({ folder: undefined, schema: 'auth', snapshot }))
  const server = await startServer(config, runtime, { database: opened })
  return {
    url: server.url,
    secretKey: config.deployment.secrets.secretKey,
    publishableKey: config.deployment.secrets.publishableKey,
    core: server.watchword.core,
    database: opened,
    inbox: createInbox(server.url, opened),
    lines,
    close: () => server.close(),
  }
}
