import { type Runtime, systemRuntime } from './base/runtime.ts'
import type { ConfigInput } from './config/schema.ts'
import { loadConfig } from './config.ts'
import { nodeHandler } from './http/node-handler.ts'
import { createLog } from './logging.ts'
import { openDatabase } from './open-database.ts'
import { assemble } from './watchword.ts'

export { ConfigError } from './config/mistake.ts'
export type { ConfigInput } from './config/schema.ts'
export type { HookFunction, HookInputs } from './core/hooks/hook.ts'

/** A server to mount in an application of one's own. */
export interface EmbeddedWatchword {
  /** For frameworks that speak web-standard requests: Next.js, Hono, Bun, Deno, SvelteKit. */
  fetch(request: Request): Promise<Response>
  /** For Express and `node:http`; ahead of body parsers. Paths that are not ours go on to `next`. */
  readonly handler: ReturnType<typeof nodeHandler>
  /** Delivers what is on its way, then lets go of threads and connections. */
  close(): Promise<void>
}

/** What a test of an app wants to hold still. */
export interface Held {
  /** The server's clock. Default: the machine's. */
  now?(): Date
}

/**
 * Makes a server without a port. The settings are those of `watchword.config.*`; environment and files are not read.
 * @throws ConfigError naming every mistake at once
 * @example
 * const watchword = await createWatchword({ publicUrl: 'http://localhost:3000' })
 * export const GET = watchword.fetch, POST = watchword.fetch
 */
export async function createWatchword(settings: ConfigInput = {}, held: Held = {}): Promise<EmbeddedWatchword> {
  const config = await loadConfig({ input: settings, cwd: process.cwd() })
  const runtime: Runtime = { ...systemRuntime(createLog(config.deployment.log)), ...held }
  const database = await openDatabase(config.deployment, runtime.log)
  const watchword = await assemble(config, runtime, database)
  return {
    fetch: (request) => watchword.app.fetch(request),
    handler: nodeHandler(watchword.app),
    close: () => watchword.close(),
  }
}
