import { del, get, type Operation, patch, post } from '../operation.ts'
import {
  createClientBody,
  madeOAuthClient,
  oauthClient,
  oauthClientPage,
  updateClientBody,
} from '../schemas/oauth-client.ts'
import { adminPageQuery } from './bodies.ts'
import {
  createOAuthClient,
  dropOAuthClient,
  listOAuthClients,
  readOAuthClient,
  renewOAuthSecret,
  updateOAuthClient,
} from './oauth-clients.ts'

const who = 'admin:settings:write'
const off = ['feature_disabled'] as const

export const oauthClientRoutes: readonly Operation[] = [
  get(
    '/admin/oauth-clients',
    {
      about: 'Applications that people may let act for them, newest first.',
      who,
      query: adminPageQuery,
      answer: oauthClientPage,
      codes: off,
    },
    listOAuthClients,
  ),
  post(
    '/admin/oauth-clients',
    {
      about: 'Adds one. Its secret is shown here and never again.',
      who,
      body: createClientBody,
      answer: madeOAuthClient,
      status: 201,
      shownOnce: ['secret'],
      codes: off,
    },
    createOAuthClient,
  ),
  get(
    '/admin/oauth-clients/:id',
    { about: 'One of them, without its secret.', who, answer: oauthClient, codes: off },
    readOAuthClient,
  ),
  patch(
    '/admin/oauth-clients/:id',
    {
      about: 'Changes one; what is absent stays. Whether it has a secret cannot be changed.',
      who,
      body: updateClientBody,
      answer: oauthClient,
      codes: off,
    },
    updateOAuthClient,
  ),
  del(
    '/admin/oauth-clients/:id',
    { about: 'Takes one away, with all it was allowed; its sessions end.', who, codes: off },
    dropOAuthClient,
  ),
  post(
    '/admin/oauth-clients/:id/secret',
    {
      about: 'A new secret in place of the old one.',
      who,
      answer: madeOAuthClient,
      shownOnce: ['secret'],
      codes: off,
    },
    renewOAuthSecret,
  ),
]
