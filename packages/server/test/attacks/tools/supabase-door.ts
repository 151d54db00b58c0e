import type { World } from '../../world/world.ts'
import type { AdminUser, Door, Kind, Return } from './door.ts'
import { objectIn, type Reply, type Send, send } from './reply.ts'

const types: Readonly<Record<Kind, string>> = {
  sign_up: 'signup',
  sign_in: 'email',
  recovery: 'recovery',
  email_change: 'email_change',
  invite: 'invite',
}

const pkce = ({ challenge }: Return) =>
  challenge === undefined ? {} : { code_challenge: challenge, code_challenge_method: 's256' }
const query = ({ redirectTo }: Return) =>
  redirectTo === undefined ? '' : `?redirect_to=${encodeURIComponent(redirectTo)}`

function adminFields({ email, password, passwordHash, confirmed, banned }: AdminUser): object {
  return {
    ...(email === undefined ? {} : { email }),
    ...(password === undefined ? {} : { password }),
    ...(passwordHash === undefined ? {} : { password_hash: passwordHash }),
    ...(confirmed === undefined ? {} : { email_confirm: confirmed }),
    ...(banned === undefined ? {} : { ban_duration: banned ? '87600h' : 'none' }),
  }
}

/** The Supabase dialect, as an attacker would speak it. */
export function supabaseDoor({ url, secretKey }: Pick<World, 'url' | 'secretKey'>): Door {
  const base = `${url}/auth/v1`
  const post = (path: string, body: unknown, more: Send = {}) => send(base + path, { ...more, body })
  const admin = (method: string, path: string, body?: unknown) =>
    send(`${base}/admin${path}`, { method, body, token: secretKey })
  const put = (token: string, body: unknown) => send(`${base}/user`, { method: 'PUT', token, body })
  return {
    name: 'supabase',
    base,
    signUp: ({ email, password, name, ...rest }, more) =>
      post(
        `/signup${query(rest)}`,
        { email, password, ...(name === undefined ? {} : { data: { full_name: name, name } }), ...pkce(rest) },
        more,
      ),
    signIn: (email, password, more) => post('/token?grant_type=password', { email, password }, more),
    guest: () => post('/signup', {}),
    sendCode: (email, { createUser, ...more } = {}) =>
      post('/otp', { email, ...(createUser === undefined ? {} : { create_user: createUser }) }, more),
    recover: (email, { redirectTo, challenge, ...more } = {}) =>
      post(
        `/recover${query(redirectTo === undefined ? {} : { redirectTo })}`,
        { email, ...pkce(challenge === undefined ? {} : { challenge }) },
        more,
      ),
    resend: (email) => post('/resend', { type: 'signup', email }),
    type: ({ kind, email, code, headers = {} }) =>
      post('/verify', { type: types[kind], email, token: code }, { headers }),
    refresh: (token) => post('/token?grant_type=refresh_token', { refresh_token: token }),
    me: (token) => send(`${base}/user`, { method: 'GET', token }),
    changePassword: (token, password, current) =>
      put(token, { password, ...(current === undefined ? {} : { current_password: current }) }),
    changeEmail: (token, email, { current } = {}) =>
      put(token, { email, ...(current === undefined ? {} : { current_password: current }) }),
    rename: (token, name) => put(token, { data: { name, full_name: name } }),
    signOut: (token) => send(`${base}/logout?scope=local`, { token }),
    admin: {
      create: (input) => admin('POST', '/users', adminFields(input)),
      change: (id, change) => admin('PUT', `/users/${id}`, adminFields(change)),
      remove: (id) => admin('DELETE', `/users/${id}`),
      invite: (email, name) =>
        send(`${base}/invite`, {
          token: secretKey,
          body: { email, ...(name === undefined ? {} : { data: { name } }) },
        }),
    },
    idOf: (reply: Reply) => String(objectIn(reply.body, 'user')['id'] ?? reply.body['id']),
  }
}
