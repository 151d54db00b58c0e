import type { World } from '../../world/world.ts'
import type { AdminUser, Door, Return } from './door.ts'
import { objectIn, type Reply, type Send, send } from './reply.ts'

const back = ({ redirectTo, challenge }: Return) => ({
  ...(redirectTo === undefined ? {} : { redirectTo }),
  ...(challenge === undefined ? {} : { codeChallenge: challenge }),
})

function adminFields({ email, password, passwordHash, confirmed, banned }: AdminUser): object {
  return {
    ...(email === undefined ? {} : { email }),
    ...(password === undefined ? {} : { password }),
    ...(passwordHash === undefined ? {} : { passwordHash }),
    ...(confirmed === undefined ? {} : { emailConfirmed: confirmed }),
    ...(banned === undefined ? {} : { bannedUntil: banned ? '2999-01-01T00:00:00.000Z' : null }),
  }
}

/** The native dialect, as an attacker would speak it. */
export function nativeDoor({ url, secretKey }: Pick<World, 'url' | 'secretKey'>): Door {
  const base = `${url}/v1`
  const post = (path: string, body: unknown, more: Send = {}) => send(base + path, { ...more, body })
  const admin = (method: string, path: string, body?: unknown) =>
    send(`${base}/admin${path}`, { method, body, token: secretKey })
  return {
    name: 'native',
    base,
    signUp: ({ email, password, name, ...rest }, more) =>
      post(
        '/sign-up/password',
        { email, password, ...(name === undefined ? {} : { displayName: name }), ...back(rest) },
        more,
      ),
    signIn: (email, password, more) => post('/sign-in/password', { email, password }, more),
    guest: () => post('/sign-up/anonymous', {}),
    sendCode: (email, { createUser, ...more } = {}) =>
      post('/sign-in/code', { email, ...(createUser === undefined ? {} : { createUser }) }, more),
    recover: (email, { redirectTo, challenge, ...more } = {}) =>
      post(
        '/recovery',
        {
          email,
          ...back({
            ...(redirectTo === undefined ? {} : { redirectTo }),
            ...(challenge === undefined ? {} : { challenge }),
          }),
        },
        more,
      ),
    resend: (_email, begun) => post('/attempts/challenge', { attempt: begun?.attempt }),
    type: ({ code, begun, token, headers = {} }) =>
      post('/attempts/answer', { attempt: begun?.attempt, code }, { token, headers }),
    refresh: (refreshToken) => post('/sessions/refresh', { refreshToken }),
    me: (token) => send(`${base}/me`, { method: 'GET', token }),
    changePassword: (token, password, currentPassword) =>
      send(`${base}/me/password`, {
        method: 'PUT',
        token,
        body: { password, ...(currentPassword === undefined ? {} : { currentPassword }) },
      }),
    changeEmail: (token, email) => post('/me/email', { email }, { token }),
    rename: (token, displayName) => send(`${base}/me`, { method: 'PATCH', token, body: { displayName } }),
    signOut: (token) => post('/sign-out', {}, { token }),
    admin: {
      create: (input) => admin('POST', '/users', adminFields(input)),
      change: (id, change) => admin('PATCH', `/users/${id}`, adminFields(change)),
      remove: (id) => admin('DELETE', `/users/${id}`),
      invite: (email, displayName) =>
        admin('POST', '/invites', { email, ...(displayName === undefined ? {} : { displayName }) }),
    },
    idOf: (reply: Reply) => {
      const inside = objectIn(reply.body, 'user')['id'] ?? objectIn(reply.body, 'attempt')['userId']
      return String(inside ?? reply.body['id'])
    },
  }
}
