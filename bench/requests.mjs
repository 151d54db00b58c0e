import { written } from './connection.mjs'
import { address, email, firstRefreshToken, password, sessionId, userId } from './people.mjs'

const json = (body) => JSON.parse(body.toString())

/** What the driver knows about a person's session; each scenario keeps it up to date. */
export const newSession = (n) => ({ n, refresh: firstRefreshToken(n), access: undefined })

/** Each scenario: the request for a session, and what its answer means for it. `who` picks people outside of sessions. */
export const requests = {
  refresh: {
    write: ({ keys, session }) =>
      written({
        method: 'POST',
        path: '/auth/v1/token?grant_type=refresh_token',
        headers: { apikey: keys.publishable, 'x-forwarded-for': address(session.n) },
        body: { refresh_token: session.refresh },
      }),
    took({ session, body }) {
      const answer = json(body)
      session.refresh = answer.refresh_token
      session.access = answer.access_token
    },
  },
  user: {
    write: ({ keys, session }) =>
      written({
        method: 'GET',
        path: '/auth/v1/user',
        headers: {
          apikey: keys.publishable,
          authorization: `Bearer ${session.access ?? `${userId(session.n)}.${sessionId(session.n)}`}`,
          'x-forwarded-for': address(session.n),
        },
      }),
  },
  'sign-in': {
    write: ({ keys, who }) =>
      written({
        method: 'POST',
        path: '/auth/v1/token?grant_type=password',
        headers: { apikey: keys.publishable, 'x-forwarded-for': address(who) },
        body: { email: email(who), password },
      }),
  },
  'sign-up': {
    write: ({ keys, fresh }) =>
      written({
        method: 'POST',
        path: '/auth/v1/signup',
        headers: { apikey: keys.publishable, 'x-forwarded-for': address(fresh % 16_000_000) },
        body: { email: `new${fresh}@bench.test`, password, data: { full_name: 'A Person' } },
      }),
  },
  'admin-list': {
    write: ({ keys, who, users }) =>
      written({
        method: 'GET',
        path: `/auth/v1/admin/users?page=${1 + (who % Math.min(100, Math.ceil(users / 50)))}&per_page=50`,
        headers: { apikey: keys.secret, authorization: `Bearer ${keys.secret}`, 'x-forwarded-for': address(who) },
      }),
  },
}
