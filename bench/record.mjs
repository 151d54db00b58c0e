// Starts the real server once and writes down which statements it sends for one request of a kind, with the places where
// values of that request stand. The floor then sends the same ones, so that it stays the floor when the server changes.
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { address, firstRefreshToken, sessionId, userId } from './people.mjs'

const built = (path) => import(new URL(`../packages/server/dist/${path}`, import.meta.url))
const sha256 = (text) => createHash('sha256').update(text).digest()

/** A database that keeps what it is asked while `log.steps` is there. */
function recording(database, log) {
  const kept = (sql) => ({
    query(statement) {
      log.steps?.push(statement)
      return sql.query(statement)
    },
  })
  return { ...database, ...kept(database), transaction: (work) => database.transaction((sql) => work(kept(sql))) }
}

function slotFor(value, facts, at) {
  if (value instanceof Date) return { now: Math.round((value.getTime() - at) / 1000) * 1000 }
  if (Array.isArray(value)) return { list: value.map((item) => slotFor(item, facts, at)) }
  if (value instanceof Uint8Array) {
    const [name] = Object.entries(facts.digests).find(([, digest]) => digest.equals(value)) ?? []
    return name === undefined ? { random: value.length } : { fact: name }
  }
  if (typeof value !== 'string') return value ?? null
  const parts = Object.entries(facts.texts).reduce(
    (before, [fact, text]) =>
      before.flatMap((part) =>
        typeof part !== 'string'
          ? [part]
          : part.split(text).flatMap((piece, index) => (index === 0 ? [piece] : [{ fact }, piece])),
      ),
    [value],
  )
  const filled = parts.filter((part) => part !== '')
  if (filled.length === 1) return filled[0]
  return filled.length === 0 ? '' : { parts: filled }
}

async function record({ env, person: n }, cwd) {
  const [{ loadConfig }, { startServer }, { systemRuntime }, { openPostgres }] = await Promise.all(
    ['config.js', 'server.js', 'base/runtime.js', 'storage/postgres.js'].map(built),
  )
  const config = await loadConfig({ env: { ...env, PORT: '0' }, cwd })
  const runtime = systemRuntime()
  const log = {}
  const options = { ...config.deployment.database, schema: config.deployment.schema, log: runtime.log }
  const server = await startServer(config, runtime, { database: recording(openPostgres(options), log) })
  const headers = { apikey: env.WATCHWORD_PUBLISHABLE_KEY, 'x-forwarded-for': address(n), 'user-agent': 'bench/1' }
  const send = async (method, path, more, body) => {
    const response = await fetch(`${server.url}/auth/v1${path}`, {
      method,
      headers: { ...headers, ...more, ...(body ? { 'content-type': 'application/json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const answer = await response.json()
    if (!response.ok) throw new Error(`recording ${path} was answered ${response.status} ${JSON.stringify(answer)}`)
    return answer
  }
  const texts = { userId: userId(n), sessionId: sessionId(n), address: address(n) }
  const observe = async (act, digests) => {
    log.steps = []
    const at = Date.now()
    const body = await act()
    const steps = log.steps
    log.steps = undefined
    const facts = { texts, digests: digests(body) }
    return {
      body,
      steps: steps.map(({ text, name, values }) => ({
        text,
        name,
        slots: values.map((value) => slotFor(value, facts, at)),
      })),
    }
  }
  const renew = (token) => send('POST', '/token?grant_type=refresh_token', {}, { refresh_token: token })
  const first = await renew(firstRefreshToken(n))
  const token = first.refresh_token
  const refresh = await observe(
    () => renew(token),
    (body) => ({ digest: sha256(token), next: sha256(body.refresh_token) }),
  )
  const read = () => send('GET', '/user', { authorization: `Bearer ${refresh.body.access_token}` })
  await read()
  const user = await observe(read, () => ({}))
  await server.close()
  return { refresh, user }
}

process.on('message', async (question) => {
  const cwd = mkdtempSync(join(tmpdir(), 'watchword-bench-record-'))
  const answer = await record(question, cwd).catch((error) => ({ error: error.stack }))
  // Before it is answered: whoever asked ends this process then.
  rmSync(cwd, { recursive: true, force: true })
  process.send(answer)
})
