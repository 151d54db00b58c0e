// The benchmarks. `npm run bench -- --help` tells the options; docs/benchmarks.md tells what the numbers mean.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { freePort, startPostgres } from './postgres.mjs'
import { cpuSeconds, helper, memory, root, startServer } from './processes.mjs'
import { table, verdicts } from './report.mjs'
import { seed } from './seed.mjs'
import { startUp } from './start-up.mjs'

const all = ['user', 'refresh', 'sign-in', 'sign-up', 'admin-list', 'overload', 'memory', 'start-up']
const { values: options } = parseArgs({
  options: {
    scenario: { type: 'string', default: all.join(',') },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
    users: { type: 'string', default: '10000' },
    connections: { type: 'string', default: '32' },
    'database-url': { type: 'string' },
    'server-flags': { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    enforce: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) {
  console.log(`npm run bench -- [options]
  --scenario <names>    of ${all.join(', ')}; comma list, default all
  --seconds <n>         each measurement; default 4
  --rounds <n>          floor and server in turn so many times, the best of each counts; default 3
  --users <n>           people in the database; default 10000
  --connections <n>     connections of the load driver; default 32
  --database-url <url>  an empty database to use; default a PostgreSQL server of its own
  --server-flags <…>    flags for the node of the server, such as --cpu-prof
  --json                results as JSON
  --enforce             exit code 1 when a target is missed`)
  process.exit(0)
}
const wanted = options.scenario.split(',')
const unknown = wanted.filter((name) => !all.includes(name))
if (unknown.length > 0) throw new Error(`There is no scenario ${unknown.join(', ')}. There are: ${all.join(', ')}.`)
const [seconds, rounds, users, connections] = ['seconds', 'rounds', 'users', 'connections'].map((name) =>
  Number(options[name]),
)
const cores = Math.max(2, availableParallelism())
const poolSize = 10
/** Connections of those who read in overload, each with a session of its own. */
const readers = 64
const say = (line) => console.error(`· ${line}`)

/** Settings of production. Limits are counted as ever, and set so high that the driver, who is everybody, stays below. */
function productionEnv(databaseUrl) {
  const generous = ['PUBLIC', 'SIGN_UP', 'SIGN_IN_ACCOUNT_NETWORK', 'SIGN_IN_NETWORK', 'TOKEN_NETWORK', 'ME', 'ADMIN']
  return {
    WATCHWORD_ENV: 'production',
    WATCHWORD_HOST: '127.0.0.1',
    WATCHWORD_PUBLIC_URL: 'https://auth.bench.test',
    WATCHWORD_DATABASE_URL: databaseUrl,
    WATCHWORD_DATABASE_POOL_SIZE: String(poolSize),
    WATCHWORD_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    WATCHWORD_PUBLISHABLE_KEY: `wwp_${randomBytes(24).toString('base64url')}`,
    WATCHWORD_SECRET_KEY: `wws_${randomBytes(24).toString('base64url')}`,
    WATCHWORD_TRUSTED_PROXIES: '127.0.0.1',
    WATCHWORD_EMAIL_CONFIRMATION: 'false',
    ...Object.fromEntries(generous.map((name) => [`WATCHWORD_RATE_LIMIT_${name}`, '1000000/1m'])),
  }
}

/** Best of the rounds: the one with the most requests per second. */
const best = (reports) => reports.reduce((a, b) => (b.perSecond > a.perSecond ? b : a))
const failedIn = ({ failures }) => Object.values(failures).reduce((sum, count) => sum + count, 0)
const noteOf = (report) => (failedIn(report) === 0 ? '' : `failed: ${JSON.stringify(report.failures)}`)

/** Runs a closed loop and adds what the server used up for it. */
async function measured(world, run) {
  const { driver, server } = world
  const before = cpuSeconds(server.pid)
  const report = await driver.ask(run)
  const after = cpuSeconds(server.pid)
  // The warm-up is served but not counted.
  const share = seconds / (seconds + 0.5)
  return {
    ...report,
    cpu: before === undefined ? undefined : ((after - before) * share) / Math.max(1, report.done),
    rss: memory(server.pid)?.now,
  }
}

async function interleaved(world, scenario, { floor, lanes = connections }) {
  const floors = []
  const reports = []
  for (let round = 0; round < rounds; round += 1) {
    if (floor) floors.push(await floor(lanes))
    reports.push(await measured(world, { do: 'closed', target: 'server', scenario, connections: lanes, seconds }))
    say(
      `${scenario}, round ${round + 1}: ${reports.at(-1).perSecond.toFixed(0)}/s${floor ? `, floor ${floors.at(-1).perSecond.toFixed(0)}/s` : ''}`,
    )
  }
  const report = best(reports)
  const top = floor ? best(floors).perSecond : undefined
  return [
    {
      scenario,
      ...report,
      floor: top,
      ratio: top === undefined ? undefined : report.perSecond / top,
      note: noteOf(report),
    },
  ]
}

const bare = (world, scenario) => (lanes) =>
  world.driver.ask({ do: 'closed', target: 'floor', scenario, connections: lanes, seconds })

async function hashRate() {
  const child = helper('floor-hash.mjs', { UV_THREADPOOL_SIZE: String(cores) })
  const report = await child.ask({ seconds, atOnce: cores })
  child.end()
  return { ...report, failures: {} }
}

/**
 * Sign-ins come at ten times the rate the machine can hash while user reads go on at an ordinary pace. A process of its own
 * reads, so that its answers do not wait behind those of the flood; all connections stand before either begins.
 */
async function overload({ driver, reader, server }) {
  const { perSecond: hashes } = await hashRate()
  const run = { do: 'open', target: 'server', seconds: seconds * 2 }
  const flood = { ...run, scenario: 'sign-in', perSecond: Math.round(hashes * 10) }
  const reports = []
  for (let round = 0; round < rounds; round += 1) {
    await driver.ask({ do: 'connectAll', target: 'server', connections: 2_000 })
    await reader.ask({ do: 'connectAll', target: 'server', connections: readers })
    const [reads, signIns] = await Promise.all([
      reader.ask({ ...run, scenario: 'user', perSecond: 200 }),
      driver.ask(flood),
    ])
    reports.push({ ...reads, signIns, rss: memory(server.pid)?.now })
    say(
      `overload, round ${round + 1}: p99 ${reads.p99.toFixed(1)} ms, ${signIns.perSecond.toFixed(0)} sign-ins/s of ${flood.perSecond}/s`,
    )
  }
  const report = reports.reduce((a, b) => (b.p99 < a.p99 ? b : a))
  const { signIns } = report
  const note = `${flood.perSecond} sign-ins/s offered, ${signIns.perSecond.toFixed(0)} done, ${JSON.stringify(signIns.failures)}`
  return [{ scenario: 'overload', ...report, failed: failedIn(report), floor: hashes, note }]
}

const scenarios = {
  user: (world) => interleaved(world, 'user', { floor: bare(world, 'user') }),
  refresh: (world) => interleaved(world, 'refresh', { floor: bare(world, 'refresh') }),
  'sign-in': (world) => interleaved(world, 'sign-in', { floor: hashRate, lanes: Math.min(connections, 8 * cores) }),
  'sign-up': (world) => interleaved(world, 'sign-up', { floor: hashRate, lanes: Math.min(connections, 8 * cores) }),
  'admin-list': (world) => interleaved(world, 'admin-list', { lanes: Math.min(connections, 8) }),
  overload,
  memory: async ({ server, startRss }) => {
    const { now, peak } = memory(server.pid) ?? {}
    const mega = (bytes) => Math.round((bytes ?? 0) / 1024 / 1024)
    return [
      {
        scenario: 'memory',
        rss: now,
        note: `after all of this; ${mega(startRss)} MB after its start, ${mega(peak)} MB at its highest`,
      },
    ]
  },
  'start-up': ({ env }) => startUp({ env, rounds }),
}

async function startFloor(env, databaseUrl, person) {
  const recorder = helper('record.mjs')
  const recorded = await recorder.ask({ url: databaseUrl, env, person })
  recorder.end()
  const floor = helper('floor-http.mjs')
  const port = await freePort()
  await floor.ask({ url: databaseUrl, poolSize, recorded, port })
  for (const name of ['user', 'refresh']) say(`${name}: ${recorded[name].steps.length} statements`)
  return { port, process: floor, recorded }
}

async function startWorld() {
  const postgres = options['database-url'] === undefined ? await startPostgres() : { url: options['database-url'] }
  say(postgres.version ?? 'the given database')
  const env = productionEnv(postgres.url)
  const cwd = mkdtempSync(join(tmpdir(), 'watchword-bench-cwd-'))
  process.once('exit', () => rmSync(cwd, { recursive: true, force: true }))
  const port = await freePort()
  const first = await startServer({ port: await freePort(), env, cwd })
  await first.stop()
  const began = performance.now()
  await seed(postgres.url, users, say)
  say(`seeded ${users} people in ${((performance.now() - began) / 1000).toFixed(1)} s`)
  const sessions = Math.min(4_000, Math.floor((users - 1) / 2))
  const needsFloor = wanted.some((name) => name === 'user' || name === 'refresh')
  const floor = needsFloor ? await startFloor(env, postgres.url, 2 * sessions + 1) : undefined
  const server = await startServer({ port, env, cwd, nodeFlags: options['server-flags'].split(' ').filter(Boolean) })
  const startRss = memory(server.pid)?.now
  const keys = { publishable: env.WATCHWORD_PUBLISHABLE_KEY, secret: env.WATCHWORD_SECRET_KEY }
  const ofFloor = { name: 'floor', port: floor?.port, from: sessions + 1, to: 2 * sessions }
  const loads = []
  for (const [from, to] of [
    [1, sessions - readers],
    [sessions - readers + 1, sessions],
  ]) {
    const load = helper('load.mjs')
    const targets = [{ name: 'server', port, from, to }, ...(floor === undefined ? [] : [ofFloor])]
    await load.ask({ do: 'setUp', keys, users, targets })
    const begun = await load.ask({ do: 'sweep', target: 'server', scenario: 'refresh', connections: 8 })
    if (begun.done !== to - from + 1)
      throw new Error(`Not every session could begin: ${JSON.stringify(begun.failures)}`)
    loads.push(load)
  }
  const [driver, reader] = loads
  return { postgres, env, server, driver, reader, floor, startRss }
}

async function main() {
  const world = await startWorld()
  const results = []
  for (const name of wanted) results.push(...(await scenarios[name](world)))
  await world.server.stop()
  const judged = verdicts(results)
  const machine = {
    cores: availableParallelism(),
    speed: cpus()[0]?.speed,
    node: process.version,
    users,
    seconds,
    rounds,
  }
  if (options.json) console.log(JSON.stringify({ machine, results, targets: judged }, null, 2))
  else {
    console.log(
      `\n${machine.cores} cores, Node ${machine.node}, ${users} people, best of ${rounds} rounds of ${seconds} s\n`,
    )
    console.log(table(results))
    console.log(
      `\n${judged.map(({ about, met, scenario }) => `${met ? 'met   ' : 'MISSED'}  ${scenario}: ${about}`).join('\n')}`,
    )
  }
  process.exit(options.enforce && judged.some(({ met }) => !met) ? 1 : 0)
}

// These end a process without its exit handlers, which put everything away.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1))
process.chdir(root)
await main()
