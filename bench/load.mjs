// The load driver: a process of its own that keeps sessions as clients do, so that a refresh uses the token of the last one.
import { Connection } from './connection.mjs'
import { Latencies } from './latencies.mjs'
import { newSession, requests } from './requests.mjs'

const state = { keys: {}, users: 0, targets: new Map(), open: [], fresh: Date.now() * 1000 }

function setUp({ keys, users, targets }) {
  state.keys = keys
  state.users = users
  for (const { name, port, from, to } of targets) {
    const sessions = []
    for (let n = from; n <= to; n += 1) sessions.push(newSession(n))
    state.targets.set(name, { port, sessions })
  }
  return { ok: true }
}

const pick = () => 1 + Math.floor(Math.random() * state.users)

function newTally() {
  return { done: 0, failures: new Map(), latencies: new Latencies() }
}

function note(tally, { status, body }) {
  // Without what differs from answer to answer.
  const reason = `${status} ${String(body).slice(0, 200)}`.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '…')
  const key = status === 503 || status === 429 ? String(status) : reason
  tally.failures.set(key, (tally.failures.get(key) ?? 0) + 1)
}

/** One request and its answer, counted unless the tally is undefined. */
async function once(connection, scenario, session, tally, since = performance.now()) {
  state.fresh += 1
  const given = { keys: state.keys, users: state.users, session, who: pick(), fresh: state.fresh }
  const answer = await connection.send(scenario.write(given))
  if (answer.status >= 400) {
    if (tally) note(tally, answer)
    return
  }
  scenario.took?.({ session, body: answer.body })
  if (tally) {
    tally.latencies.add(performance.now() - since)
    tally.done += 1
  }
}

const report = (tally, seconds) => ({
  done: tally.done,
  perSecond: tally.done / seconds,
  failures: Object.fromEntries(tally.failures),
  ...tally.latencies.summary(),
})

/** Each connection asks again as soon as it was answered. What comes in the warm-up is not counted. */
async function closed({ target, scenario: name, connections, seconds, warmUp = 0.5 }) {
  const { port, sessions } = state.targets.get(target)
  const scenario = requests[name]
  const tally = newTally()
  const from = performance.now() + warmUp * 1000
  const until = from + seconds * 1000
  const lane = async (at) => {
    const connection = new Connection(port)
    // Each connection has sessions of its own: a device does not refresh twice at the same moment.
    const own = sessions.filter((_, index) => index % connections === at)
    for (let next = 0; performance.now() < until; next += 1) {
      const counted = performance.now() >= from
      await once(connection, scenario, own[next % own.length], counted ? tally : undefined)
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: connections }, (_, at) => lane(at)))
  return report(tally, (performance.now() - from) / 1000)
}

/** Every session once, in order: to begin with real tokens. */
async function sweep({ target, scenario: name, connections }) {
  const { port, sessions } = state.targets.get(target)
  const tally = newTally()
  const lane = async (at) => {
    const connection = new Connection(port)
    for (let next = at; next < sessions.length; next += connections) {
      await once(connection, requests[name], sessions[next], tally)
    }
    connection.close()
  }
  await Promise.all(Array.from({ length: connections }, (_, at) => lane(at)))
  return report(tally, 1)
}

/** Opens the connections that the next {@link open} takes, so that opening them is not counted. */
async function connectAll({ target, connections }) {
  const { port } = state.targets.get(target)
  state.open = Array.from({ length: connections }, () => new Connection(port))
  await Promise.all(state.open.map((connection) => connection.ready()))
  return { ok: true }
}

/**
 * Requests come at a fixed rate whatever the answers do; time counts from the moment a request was due, so that a server
 * that stalls cannot hide it (what is called coordinated omission).
 */
function open({ target, scenario: name, perSecond, seconds }) {
  const { sessions } = state.targets.get(target)
  const tally = newTally()
  const idle = state.open.splice(0)
  const due = []
  let sent = 0
  let running = 0
  const started = performance.now()
  return new Promise((resolve) => {
    const finish = () => {
      for (const connection of idle) connection.close()
      resolve({ ...report(tally, (performance.now() - started) / 1000), offered: sent, unsent: due.length })
    }
    const start = (since) => {
      const connection = idle.pop()
      running += 1
      once(connection, requests[name], sessions[sent++ % sessions.length], tally, since)
        .catch((error) => note(tally, { status: 0, body: error.message }))
        .finally(() => {
          running -= 1
          idle.push(connection)
          if (due.length > 0) start(due.shift())
          else if (ticking === undefined && running === 0) finish()
        })
    }
    let made = 0
    let ticking = setInterval(() => {
      const elapsed = performance.now() - started
      const wanted = Math.floor((Math.min(elapsed, seconds * 1000) / 1000) * perSecond)
      for (; made < wanted; made += 1) {
        const since = started + (made / perSecond) * 1000
        if (idle.length > 0) start(since)
        else due.push(since)
      }
      if (elapsed < seconds * 1000) return
      clearInterval(ticking)
      ticking = undefined
      due.length = 0
      if (running === 0) finish()
    }, 1)
  })
}

const abilities = {
  setUp,
  closed,
  sweep,
  connectAll,
  open,
}

process.on('message', async (question) => {
  try {
    process.send(await abilities[question.do](question))
  } catch (error) {
    process.send({ error: error.stack })
  }
})
