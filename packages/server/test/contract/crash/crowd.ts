import { randomInt } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'

/** What one person was told, and nothing that was still under way. */
export interface Person {
  readonly email: string
  readonly id: string
  /** Whether a confirmation was asked for and has been answered with a session. */
  confirmed: boolean
  /** The refresh tokens in the order they were given, the current one last; empty before the first session. */
  tokens: string[]
  state: 'in' | 'out' | 'deleted' | 'unknown'
  /** Whether their removal was asked for and never answered: it may have happened. */
  mayBeGone: boolean
  /** Mails that were promised. */
  readonly mails: string[]
}

export const password = 'seven quiet otters'

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

/** Asks over HTTP. @returns undefined when no whole answer came */
export async function ask(
  url: string,
  path: string,
  body: object | undefined,
  more: { readonly method?: string; readonly bearer?: string } = {},
): Promise<Answer | undefined> {
  try {
    const response = await fetch(`${url}${path}`, {
      method: more.method ?? 'POST',
      headers: {
        'content-type': 'application/json',
        ...(more.bearer === undefined ? {} : { authorization: `Bearer ${more.bearer}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) }
  } catch {
    return undefined
  }
}

/** People who sign up, refresh, sign out, ask for mail and are deleted until nobody answers any more. */
export interface Crowd {
  readonly people: readonly Person[]
  /** Statuses that nobody should ever see. */
  readonly faults: readonly string[]
  /** Runs until a request stays unanswered. */
  press(server: { readonly url: string; readonly secretKey: string }, workers: number): Promise<void>
  /** Lets everybody go home. */
  stop(): void
}

export function createCrowd({ confirms }: { readonly confirms: boolean }): Crowd {
  const people: Person[] = []
  const faults: string[] = []
  const state = { number: 0, stopped: false }
  const note = (what: string, answer: Answer) => faults.push(`${what}: ${answer.status} ${JSON.stringify(answer.body)}`)

  const opened = (person: Person, { body }: Answer) => {
    person.tokens = [String(body['refresh_token'])]
    person.confirmed = true
    person.state = 'in'
  }

  const signUp = async (url: string): Promise<Person | undefined> => {
    state.number += 1
    const email = `person${state.number}@example.test`
    const answer = await ask(url, '/auth/v1/signup', { email, password })
    if (answer === undefined) return undefined
    if (answer.status === 503) return signUp(url)
    if (answer.status !== 200) {
      note('sign-up', answer)
      return undefined
    }
    const user = (answer.body['user'] ?? answer.body) as { id: string }
    const person: Person = {
      email,
      id: user.id,
      confirmed: false,
      tokens: [],
      state: 'out',
      mayBeGone: false,
      mails: confirms ? ['sign_up'] : [],
    }
    if (!confirms) opened(person, answer)
    people.push(person)
    return person
  }

  const confirm = async (url: string, person: Person): Promise<boolean> => {
    for (let tries = 0; tries < 40; tries += 1) {
      const inbox = await ask(url, `/inbox/messages?to=${encodeURIComponent(person.email)}`, undefined, {
        method: 'GET',
      })
      if (inbox === undefined) return false
      const [message] = (inbox.body['items'] ?? []) as { code: string | null }[]
      if (typeof message?.code === 'string') {
        const { code: token } = message
        person.state = 'unknown'
        const answer = await ask(url, '/auth/v1/verify', { type: 'signup', email: person.email, token })
        if (answer === undefined) return false
        if (answer.status === 200) opened(person, answer)
        else if (answer.status !== 503) note('confirmation', answer)
        return true
      }
      await pause(25)
    }
    return true
  }

  const renew = async (url: string, person: Person): Promise<boolean> => {
    const current = person.tokens.at(-1)
    if (current === undefined || person.state !== 'in') return true
    const answer = await ask(url, '/auth/v1/token?grant_type=refresh_token', { refresh_token: current })
    if (answer === undefined) return false
    if (answer.status === 503) return true
    if (answer.status !== 200) note('refresh', answer)
    else person.tokens.push(String(answer.body['refresh_token']))
    return true
  }

  const leave = async (url: string, person: Person): Promise<boolean> => {
    const signedIn = await ask(url, '/auth/v1/token?grant_type=password', { email: person.email, password })
    if (signedIn === undefined) return false
    if (signedIn.status !== 200) {
      if (signedIn.status !== 503) note('sign-in', signedIn)
      return true
    }
    // Whoever is told that the database is away does not know whether it went before or after the commit.
    person.state = 'unknown'
    const bearer = String(signedIn.body['access_token'])
    const answer = await ask(url, '/auth/v1/logout?scope=global', {}, { bearer })
    if (answer === undefined) return false
    if (answer.status === 204) {
      person.state = 'out'
      person.tokens.push(String(signedIn.body['refresh_token']))
    } else if (answer.status !== 503) note('sign-out', answer)
    return true
  }

  const recover = async (url: string, person: Person): Promise<boolean> => {
    const answer = await ask(url, '/auth/v1/recover', { email: person.email })
    if (answer === undefined) return false
    if (answer.status === 200) person.mails.push('recovery')
    else if (answer.status !== 503) note('recovery', answer)
    return true
  }

  const remove = async (url: string, person: Person, bearer: string): Promise<boolean> => {
    Object.assign(person, { state: 'unknown', mayBeGone: true })
    const answer = await ask(url, `/auth/v1/admin/users/${person.id}`, {}, { method: 'DELETE', bearer })
    if (answer === undefined) return false
    if (answer.status === 200) person.state = 'deleted'
    else if (answer.status !== 503) note('deletion', answer)
    return true
  }

  const live = async (server: { readonly url: string; readonly secretKey: string }): Promise<boolean> => {
    const { url } = server
    const person = await signUp(url)
    if (person === undefined) return false
    if (confirms && randomInt(3) > 0 && !(await confirm(url, person))) return false
    if (person.confirmed)
      for (let times = randomInt(4); times > 0; times -= 1) if (!(await renew(url, person))) return false
    const fate = randomInt(10)
    if (fate === 0) return remove(url, person, server.secretKey)
    if (fate < 3 && person.confirmed) return leave(url, person)
    if (fate < 5) return recover(url, person)
    return true
  }

  return {
    people,
    faults,
    async press(server, workers) {
      state.stopped = false
      const work = async () => {
        while (!state.stopped && (await live(server)));
      }
      await Promise.all(Array.from({ length: workers }, work))
    },
    stop() {
      state.stopped = true
    },
  }
}
