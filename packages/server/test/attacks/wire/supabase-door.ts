import type { Door, Held } from './door.ts'
import { read } from './forge.ts'
import { at, type Reply, type Sending, send } from './send.ts'

interface Place {
  readonly url: string
  readonly secretKey: string
}

const scopes = { this: 'local', others: 'others', all: 'global' } as const

/** The Supabase dialect. */
export function supabaseDoor({ url: origin, secretKey }: Place): Door {
  const url = `${origin}/auth/v1`
  const call = (path: string, sending?: Sending) => send(url + path, sending)
  const post = (path: string, json: object, more: Sending = {}) => call(path, { json, ...more })
  const pkce = (challenge: string | undefined) =>
    challenge === undefined ? {} : { code_challenge: challenge, code_challenge_method: 's256' }
  const verify = (type: string, email: string, token: string) => post('/verify', { type, email, token })
  const admin = (path: string, sending: Sending = {}) => call(`/admin${path}`, { bearer: secretKey, ...sending })
  return {
    name: 'supabase',
    url,
    call,
    held,
    isSession: (reply) => reply.status === 200 && at(reply.body, 'access_token') !== undefined,
    signUp: (email, password, data = {}) => post('/signup', { email, password, data }),
    confirm: (_begun, email, code) => verify('signup', email, code),
    signUpAnonymously: (data = {}) => post('/signup', { data }),
    signIn: (email, password, more) => post('/token?grant_type=password', { email, password }, more),
    requestCode: (email, challenge) => post('/otp', { email, ...pkce(challenge) }),
    answerCode: (_begun, email, code) => verify('email', email, code),
    recover: (email, challenge) => post('/recover', { email, ...pkce(challenge) }),
    answerRecovery: (_begun, email, code) => verify('recovery', email, code),
    openLink: (link) => {
      const { pathname, search } = new URL(link)
      return send(origin + pathname + search)
    },
    exchange: (auth_code, code_verifier) => post('/token?grant_type=pkce', { auth_code, code_verifier }),
    refresh: (refresh_token) => post('/token?grant_type=refresh_token', { refresh_token }),
    me: (bearer) => call('/user', { bearer }),
    updateMetadata: (bearer, data) => post('/user', { data }, { bearer, method: 'PUT' }),
    changePassword: (bearer, password, current_password) =>
      post('/user', { password, current_password: current_password ?? null }, { bearer, method: 'PUT' }),
    changeEmail: (bearer, email) => post('/user', { email }, { bearer, method: 'PUT' }),
    signOut: (bearer, scope) => call(`/logout?scope=${scopes[scope]}`, { bearer, method: 'POST' }),
    admin,
    ban: (id) => admin(`/users/${id}`, { method: 'PUT', json: { ban_duration: '24h' } }),
    remove: (id, mode) => admin(`/users/${id}`, { method: 'DELETE', json: { should_soft_delete: mode === 'soft' } }),
  }
}

function held({ body, status }: Reply): Held {
  const access = at(body, 'access_token')
  const refresh = at(body, 'refresh_token')
  if (typeof access !== 'string' || typeof refresh !== 'string')
    throw new Error(`no session in ${status} ${JSON.stringify(body)}`)
  const { claims } = read(access)
  return { access, refresh, sessionId: String(claims['session_id']), userId: String(claims['sub']) }
}
