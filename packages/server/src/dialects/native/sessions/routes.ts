import { hooked } from '../hooked.ts'
import { type Operation, post } from '../operation.ts'
import { complete, outcome } from '../schemas/outcome.ts'
import { exchangeBody, refreshBody, signOutBody } from './bodies.ts'
import { exchange, leave, refreshSession } from './sessions.ts'

export const sessionRoutes: readonly Operation[] = [
  post(
    '/sessions/exchange',
    {
      about: 'Exchanges the code a link brought back. A second use ends what the first opened.',
      who: 'public',
      bucket: 'tokenNetwork',
      body: exchangeBody,
      answer: outcome,
      codes: [
        'flow_state_not_found',
        'flow_state_already_used',
        'bad_code_verifier',
        'user_banned',
        'insufficient_aal',
        'conflict',
        'identity_already_exists',
        'provider_disabled',
        ...hooked,
      ],
    },
    exchange,
  ),
  post(
    '/sessions/refresh',
    {
      about: 'Renews a session. The same token again gets the same successor for a moment; later it ends the session.',
      who: 'public',
      bucket: 'tokenNetwork',
      body: refreshBody,
      answer: complete,
      codes: [
        'refresh_token_not_found',
        'refresh_token_overtaken',
        'refresh_token_already_used',
        'session_expired',
        'user_banned',
        ...hooked,
      ],
    },
    refreshSession,
  ),
  post(
    '/sign-out',
    {
      about: 'Ends this session, the others or all. An expired access token, a refresh token or the cookie is enough.',
      who: 'public',
      body: signOutBody,
      codes: ['no_authorization', 'bad_jwt', 'insufficient_scope'],
    },
    leave,
  ),
]
