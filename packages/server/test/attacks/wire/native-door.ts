import type { Door, Held } from './door.ts'
import { read } from './forge.ts'
import { at, type Reply, type Sending, send, textAt } from './send.ts'

interface Place {
  readonly url: string
  readonly secretKey: string
}

/** The native dialect. */
export function nativeDoor({ url: origin, secretKey }: Place): Door {
  const url = `${origin}/v1`
  const call = (path: string, sending?: Sending) => send(url + path, sending)
  const post = (path: string, json: object, more: Sending = {}) => call(path, { json, ...more })
  const attempt = (begun: Reply) => textAt(begun.body, 'attempt', 'token')
  const answer = (begun: Reply, code: string) => post('/attempts/answer', { attempt: attempt(begun), code })
  const back = (challenge: string | undefined) => (challenge === undefined ? {} : { codeChallenge: challenge })
  const admin = (path: string, sending: Sending = {}) => call(`/admin${path}`, { bearer: secretKey, ...sending })
  return {
    name: 'native',
    url,
    call,
    held,
    isSession: (reply) => reply.status === 200 && at(reply.body, 'tokens', 'accessToken') !== undefined,
    signUp: (email, password, metadata = {}) => post('/sign-up/password', { email, password, metadata }),
    confirm: (begun, _email, code) => answer(begun, code),
    signUpAnonymously: (metadata = {}) => post('/sign-up/anonymous', { metadata }),
    signIn: (email, password, more) => post('/sign-in/password', { email, password }, more),
    requestCode: (email, challenge) => post('/sign-in/code', { email, ...back(challenge) }),
    answerCode: (begun, _email, code) => answer(begun, code),
    recover: (email, challenge) => post('/recovery', { email, ...back(challenge) }),
    answerRecovery: (begun, _email, code) => answer(begun, code),
    openLink: (link) => {
      const token = new URL(link).searchParams.get('token') ?? ''
      return call('/links', {
        method: 'POST',
        raw: `token=${encodeURIComponent(token)}`,
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          'sec-fetch-site': 'same-origin',
        },
      })
    },
    exchange: (code, codeVerifier) => post('/sessions/exchange', { code, codeVerifier }),
    refresh: (refreshToken) => post('/sessions/refresh', { refreshToken }),
    me: (bearer) => call('/me', { bearer }),
    updateMetadata: (bearer, metadata) => post('/me', { metadata }, { bearer, method: 'PATCH' }),
    changePassword: (bearer, password, currentPassword) =>
      post(
        '/me/password',
        { password, ...(currentPassword === undefined ? {} : { currentPassword }) },
        { bearer, method: 'PUT' },
      ),
    changeEmail: (bearer, email) => post('/me/email', { email }, { bearer }),
    signOut: (bearer, scope) => post('/sign-out', { scope }, { bearer }),
    admin,
    ban: (id) =>
      admin(`/users/${id}`, {
        method: 'PATCH',
        json: { bannedUntil: '2999-01-01T00:00:00.000Z' },
      }),
    remove: (id, mode) => admin(`/users/${id}?mode=${mode}`, { method: 'DELETE' }),
  }
}

function held({ body, status }: Reply): Held {
  const access = at(body, 'tokens', 'accessToken')
  const refresh = at(body, 'tokens', 'refreshToken')
  if (typeof access !== 'string' || typeof refresh !== 'string')
    throw new Error(`no session in ${status} ${JSON.stringify(body)}`)
  const { claims } = read(access)
  return { access, refresh, sessionId: String(claims['session_id']), userId: String(claims['sub']) }
}
