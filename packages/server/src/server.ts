import { createServer } from 'node:http'
import type { Runtime } from './base/runtime.ts'
import type { Config, Deployment } from './config/deployment.ts'
import { serve } from './http/node-server.ts'
import { type Metrics, mayReadMetrics } from './metrics.ts'
import { openDatabase } from './open-database.ts'
import type { Database } from './storage/database.ts'
import { assemble, type Watchword } from './watchword.ts'

export interface RunningWatchword {
  /** Where it listens. */
  readonly url: string
  readonly watchword: Watchword
  /** Stops taking requests, finishes those under way, then stops everything else. */
  close(): Promise<void>
}

/**
 * Starts a server on its port.
 * @param more.database an open database to use, which is then closed with the server. Default: the configured one.
 */
export async function startServer(
  config: Config,
  runtime: Runtime,
  more: { readonly database?: Database } = {},
): Promise<RunningWatchword> {
  const { deployment } = config
  const database = more.database ?? (await openDatabase(deployment, runtime.log))
  const watchword = await assemble(config, runtime, database).catch(async (error: unknown) => {
    await database.close().catch(() => undefined)
    throw error
  })
  const listening = await listen(deployment, watchword, runtime).catch(async (error: unknown) => {
    await watchword.close()
    throw error
  })
  const closeMetrics = await serveMetrics(deployment, watchword.metrics)
  return {
    url: listening.url,
    watchword,
    async close() {
      // Streams never finish by themselves; whoever holds one goes on at another process.
      await watchword.core.feed.close()
      await listening.close()
      await closeMetrics()
      await watchword.close()
    },
  }
}

/** Listens on the server's port, and on that of the Nhost dialect where it has one. */
async function listen(
  deployment: Deployment,
  { app, nhost, besides }: Watchword,
  runtime: Runtime,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const { host, port, http, trustedProxies: proxies, shutdownGraceSeconds } = deployment
  const limits = {
    headerMs: http.headerMs,
    requestMs: http.requestMs,
    keepAliveMs: http.keepAliveMs,
    maxConnectionsPerAddress: http.connectionsPerAddress,
  }
  const grace = shutdownGraceSeconds * 1000
  const own = await serve(app, { host, port, runtime, proxies, limits, besides })
  const close = () => own.close(grace)
  const nhostPort = deployment.dialects.nhost.port
  if (nhost === undefined || nhostPort === undefined) return { url: own.url, close }
  const second = await serve(nhost, { host, port: nhostPort, runtime, proxies, limits }).catch(
    async (error: unknown) => {
      await close()
      throw error
    },
  )
  return { url: own.url, close: async () => void (await Promise.all([close(), second.close(grace)])) }
}

/** Metrics on a port of their own, on this machine alone. */
async function serveMetrics({ metrics: { port, token } }: Deployment, metrics: Metrics): Promise<() => Promise<void>> {
  if (port === undefined) return async () => {}
  const server = createServer(async (request, response) => {
    const allowed = token === undefined || mayReadMetrics(request.headers.authorization, token)
    if (request.url !== '/metrics' || !allowed) return void response.writeHead(404).end()
    response.writeHead(200, { 'content-type': metrics.contentType }).end(await metrics.render())
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  return () => new Promise((resolve) => server.close(() => resolve()))
}
