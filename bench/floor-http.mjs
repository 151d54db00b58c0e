// The floor of refreshes and user reads: node:http and pg, the statements the server was seen to send for such a request,
// an answer of the same size, and nothing else. No routes, no checks, no tokens to verify or sign.
import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import pg from 'pg'
import { address, sessionId, userId } from './people.mjs'

const sha256 = (text) => createHash('sha256').update(text).digest()

function shapedLikeUuid(bytes) {
  const text = bytes.toString('hex').slice(0, 32)
  return `${text.slice(0, 8)}-${text.slice(8, 12)}-${text.slice(12, 16)}-${text.slice(16, 20)}-${text.slice(20)}`
}

/** Turns a recorded value into a function of the request. */
function filler(slot) {
  if (slot === null || typeof slot !== 'object') return () => slot
  if ('list' in slot) {
    const items = slot.list.map(filler)
    return (facts) => items.map((item) => item(facts))
  }
  if ('now' in slot) return ({ now }) => new Date(now + slot.now)
  if ('fact' in slot) return (facts) => facts[slot.fact]
  if ('random' in slot) return () => randomBytes(slot.random)
  return (facts) => slot.parts.map((part) => (typeof part === 'string' ? part : facts[part.fact])).join('')
}

function prepared({ steps, body }) {
  return { body, steps: steps.map(({ text, name, slots }) => ({ text, name, fillers: slots.map(filler) })) }
}

async function ask(pool, steps, facts) {
  let rows = []
  for (const { text, name, fillers } of steps) {
    const result = await pool.query({ name, text, values: fillers.map((fill) => fill(facts)) })
    rows = result.rows
  }
  if (rows.length !== 1) throw new Error('the floor found no row')
}

function answer(response, body) {
  const text = JSON.stringify(body)
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
  })
  response.end(text)
}

function serve({ url, poolSize, recorded, port }) {
  const pool = new pg.Pool({ connectionString: url, max: poolSize })
  const user = prepared(recorded.user)
  const refresh = prepared(recorded.refresh)
  const people = new Map()
  const readUser = async (request, response) => {
    const [userOf, sessionOf] = request.headers.authorization.slice(7).split('.')
    const now = Date.now()
    await ask(pool, user.steps, {
      now,
      userId: userOf,
      sessionId: sessionOf,
      address: request.headers['x-forwarded-for'],
    })
    answer(response, { ...user.body, id: userOf })
  }
  const renew = (request, response) => {
    const chunks = []
    request.on('data', (chunk) => chunks.push(chunk))
    request.on('end', async () => {
      const token = JSON.parse(Buffer.concat(chunks).toString()).refresh_token
      const next = shapedLikeUuid(sha256(token))
      const facts = {
        now: Date.now(),
        digest: sha256(token),
        next: sha256(next),
        address: request.headers['x-forwarded-for'],
      }
      await ask(pool, refresh.steps, { ...facts, ...people.get(facts.address) })
      answer(response, { ...refresh.body, refresh_token: next })
    })
  }
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => {
    if (request.method === 'GET') return readUser(request, response)
    return renew(request, response)
  })
  for (let n = 1; n <= 20_000; n += 1) people.set(address(n), { userId: userId(n), sessionId: sessionId(n) })
  return new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve({ ok: true })))
}

process.on('message', async (question) => process.send(await serve(question)))
