import { del, get, type Operation } from '../operation.ts'
import { captchaChallenge, inboxPage, publicSettings } from '../schemas/service.ts'
import { challengeQuery, inboxQuery } from './bodies.ts'
import { makeChallenge } from './captcha.ts'
import { showDocs, showOpenApi } from './documents.ts'
import { emptyInbox, listInbox, readSettings } from './settings.ts'

export const serviceRoutes: readonly Operation[] = [
  get(
    '/settings',
    { about: 'What a sign-in form needs to know.', who: 'public', answer: publicSettings, cache: 60 },
    readSettings,
  ),
  get(
    '/captcha',
    {
      about:
        'A proof of work, where the captcha is one: solved within five minutes, its payload is the `captcha` of one request.',
      who: 'public',
      query: challengeQuery,
      answer: captchaChallenge,
      codes: ['feature_disabled'],
    },
    makeChallenge,
  ),
  get(
    '/openapi.json',
    { about: 'This interface as an OpenAPI 3.1 document.', who: 'public', type: 'application/json', cache: 300 },
    showOpenApi,
  ),
  get('/docs', { about: 'The same as a page.', who: 'public', type: 'text/html' }, showDocs),
]

export const inboxRoutes: readonly Operation[] = [
  get(
    '/dev/inbox',
    {
      about: 'Messages that were caught, newest first.',
      who: 'public',
      query: inboxQuery,
      answer: inboxPage,
      localNames: true,
    },
    listInbox,
  ),
  del('/dev/inbox', { about: 'Empties the inbox.', who: 'public', localNames: true }, emptyInbox),
]
