import cluster from 'node:cluster'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { sameText } from './base/digest.ts'
import { joinFleet } from './metrics/fleet.ts'

/** One answered request, in words of which there are few: never a path with ids in it. */
export interface RequestFact {
  /** The dialect or page group that answered. */
  readonly mount: string
  /** The route's pattern, or `none` where no route fits. */
  readonly route: string
  readonly method: string
  readonly status: number
  readonly seconds: number
}

/** What is read at the moment of asking. */
export interface Readings {
  /** Password hashes being computed and waiting. */
  readonly hashing?: () => { readonly running: number; readonly waiting: number }
  /** Codes sent to telephones since the day began, and those that came back. */
  readonly texts?: () => Promise<{ readonly sent: number; readonly answered: number }>
  /** Messages that wait in the outbox. */
  readonly outboxWaiting?: () => number | Promise<number>
  /** Connections to the database, and how many requests wait for one. */
  readonly databasePool?: () => { readonly open: number; readonly idle: number; readonly waiting: number }
}

/** What this process counts and measures, in the format of Prometheus. */
export interface Metrics {
  request(fact: RequestFact): void
  /** @param way how the person got in: `password`, `code`, `provider`, … */
  sessionOpened(way: string): void
  /** Adds readings; a later one replaces an earlier one of the same name. */
  read(readings: Readings): void
  /** Of this process, or of all workers together where there are several. */
  render(): Promise<string>
  readonly contentType: string
  readonly registry: Registry
}

const buckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])

/** A registry of its own. @param options.withProcess also measures memory, CPU and the event loop. Default true. */
export function createMetrics({ withProcess = true }: { readonly withProcess?: boolean } = {}): Metrics {
  const registry = new Registry()
  if (withProcess) collectDefaultMetrics({ register: registry })
  const labelNames = ['mount', 'route', 'method', 'status'] as const
  const registers = [registry]
  const requests = new Counter({
    name: 'watchword_http_requests_total',
    help: 'Answered requests.',
    labelNames,
    registers,
  })
  const durations = new Histogram({
    name: 'watchword_http_request_seconds',
    help: 'Seconds from the request to its answer.',
    labelNames: ['mount', 'route', 'method'] as const,
    buckets,
    registers,
  })
  const sessions = new Counter({
    name: 'watchword_sessions_opened_total',
    help: 'Sessions opened, by way in.',
    labelNames: ['way'] as const,
    registers,
  })
  const readings = addReadings(registry)

  return {
    request({ mount, route, method, status, seconds }) {
      // A method is the caller's text; an unknown one must not become a label.
      const verb = methods.has(method) ? method : 'other'
      requests.inc({ mount, route, method: verb, status: `${Math.floor(status / 100)}xx` })
      durations.observe({ mount, route, method: verb }, seconds)
    },
    sessionOpened: (way) => sessions.inc({ way }),
    read: readings,
    render: cluster.isWorker ? joinFleet(registry) : () => registry.metrics(),
    contentType: registry.contentType,
    registry,
  }
}

function addReadings(registry: Registry): (more: Readings) => void {
  const registers = [registry]
  const state: { current: Readings } = { current: {} }
  new Gauge({
    name: 'watchword_hashing_jobs',
    help: 'Password hashes being computed and waiting.',
    labelNames: ['state'] as const,
    registers,
    collect() {
      for (const [name, value] of Object.entries(state.current.hashing?.() ?? {})) this.set({ state: name }, value)
    },
  })
  new Gauge({
    name: 'watchword_outbox_waiting',
    help: 'Messages waiting to be delivered.',
    // All workers read the same table.
    aggregator: 'max',
    registers,
    async collect() {
      const value = await state.current.outboxWaiting?.()
      if (value !== undefined) this.set(value)
    },
  })
  new Gauge({
    name: 'watchword_texts_today',
    help: 'Codes sent to telephones since the day began, and those that came back.',
    labelNames: ['state'] as const,
    aggregator: 'max',
    registers,
    async collect() {
      for (const [name, value] of Object.entries((await state.current.texts?.()) ?? {}))
        this.set({ state: name }, value)
    },
  })
  new Gauge({
    name: 'watchword_database_connections',
    help: 'Connections to the database, and requests waiting for one.',
    labelNames: ['state'] as const,
    registers,
    collect() {
      for (const [name, value] of Object.entries(state.current.databasePool?.() ?? {})) this.set({ state: name }, value)
    },
  })
  return (more) => {
    state.current = { ...state.current, ...more }
  }
}

/** Whether an `Authorization` header opens the metrics. Without a token nothing does. */
export function mayReadMetrics(authorization: string | null | undefined, token: string | undefined): boolean {
  const given = /^bearer +([!-~]{1,1000})$/i.exec(authorization ?? '')?.[1]
  return token !== undefined && given !== undefined && sameText(given, token)
}
