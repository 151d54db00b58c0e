import { get, type Operation, post } from '../operation.ts'
import { answered, oauthDecision, oauthRequest } from '../schemas/oauth-client.ts'
import { decideRequest, readRequest } from './requests.ts'

/** What another application asks for, for the page that shows it: whichever face of the server it asked. */
export const oauthRoutes: readonly Operation[] = [
  get(
    '/oauth/requests/:id',
    {
      about:
        'What an application asks for. It is this person’s to answer from now on. `redirectTo` alone, where all of it was allowed before.',
      who: 'user',
      bucket: 'change',
      answer: oauthRequest,
      leavesTrace: true,
      codes: ['feature_disabled', 'conflict', 'user_banned'],
    },
    readRequest,
  ),
  post(
    '/oauth/requests/:id',
    {
      about: 'Says yes or no, once. Answers where the browser goes: back to the application.',
      who: 'user',
      body: oauthDecision,
      answer: answered,
      codes: ['feature_disabled', 'conflict', 'user_banned'],
    },
    decideRequest,
  ),
]
