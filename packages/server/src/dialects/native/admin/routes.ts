import { hooked } from '../hooked.ts'
import { del, get, type Operation, patch, post } from '../operation.ts'
import {
  adminLink,
  apiKeyBody,
  apiKeyPage,
  auditPage,
  imported,
  invite,
  invitePage,
  newApiKey,
  outboxPage,
  redirectVerdict,
  signingKey,
  signingKeyPage,
  stats,
} from '../schemas/admin.ts'
import { complete } from '../schemas/outcome.ts'
import {
  accessKeyPage,
  adminUser,
  adminUserDetails,
  adminUserPage,
  factorPage,
  identity,
  identityPage,
  sessionPage,
} from '../schemas/user.ts'
import { dropUserAccessKey, listUserAccessKeys } from './access-keys.ts'
import * as ask from './bodies.ts'
import { configurationRoutes } from './configuration-routes.ts'
import { takeUsersOut } from './export.ts'
import { attachUserIdentity, dropUserIdentity } from './identities.ts'
import { listInvites, makeInvite, makeLink, takeInviteBack } from './links.ts'
import { oauthClientRoutes } from './oauth-client-routes.ts'
import * as act from './operations.ts'
import { providerRoutes } from './provider-routes.ts'
import { adminSsoRoutes } from './sso-routes.ts'
import * as users from './users.ts'

const readsUsers = 'admin:users:read'
const writesUsers = 'admin:users:write'
const badUser = ['user_already_exists', 'weak_password', 'hash_not_supported', 'email_address_invalid'] as const

/** An import is as long as its list. */
const importLimits = { bytes: 8_388_608, keys: 100_000 }

const userRoutes: readonly Operation[] = [
  get(
    '/admin/users',
    { about: 'Users, filtered and sorted.', who: readsUsers, query: ask.usersQuery, answer: adminUserPage },
    users.listUsers,
  ),
  post(
    '/admin/users',
    {
      about: 'Makes a user. No mail is sent.',
      who: writesUsers,
      body: ask.createUserBody,
      answer: adminUser,
      status: 201,
      codes: badUser,
    },
    users.makeUser,
  ),
  post(
    '/admin/users/import',
    {
      about: 'Takes up to 500 users over, with their password hashes. What is wrong with one does not stop the others.',
      who: writesUsers,
      body: ask.importBody,
      answer: imported,
      bodyLimits: importLimits,
    },
    users.bringUsers,
  ),
  get(
    '/admin/users/export',
    {
      about: 'All users as a stream, without secrets.',
      who: readsUsers,
      query: ask.exportQuery,
      type: 'application/x-ndjson or text/csv',
      leavesTrace: true,
    },
    takeUsersOut,
  ),
  get(
    '/admin/users/:id',
    { about: 'One user, looked at closely.', who: readsUsers, answer: adminUserDetails },
    users.readUser,
  ),
  patch(
    '/admin/users/:id',
    {
      about: 'Changes a user. A new password or address, or a ban, ends every session.',
      who: writesUsers,
      body: ask.updateUserBody,
      answer: adminUser,
      codes: badUser,
    },
    users.changeUser,
  ),
  del('/admin/users/:id', { about: 'Deletes a user.', who: writesUsers, query: ask.deleteUserQuery }, users.removeUser),
  get(
    '/admin/users/:id/sessions',
    { about: 'A user’s sessions.', who: readsUsers, query: ask.adminPageQuery, answer: sessionPage },
    users.listUserSessions,
  ),
  del('/admin/users/:id/sessions', { about: 'Signs a user out everywhere.', who: writesUsers }, users.endUserSessions),
  del('/admin/users/:id/sessions/:sessionId', { about: 'Ends one session.', who: writesUsers }, users.endUserSession),
  get(
    '/admin/users/:id/identities',
    { about: 'A user’s accounts elsewhere.', who: readsUsers, answer: identityPage },
    users.listUserIdentities,
  ),
  post(
    '/admin/users/:id/identities',
    {
      about:
        'Connects an account elsewhere with a user, or a wallet (`wallet:ethereum`, `wallet:solana`) by its address. An e-mail address proves nothing.',
      who: writesUsers,
      body: ask.identityBody,
      answer: identity,
      status: 201,
      codes: ['identity_already_exists', 'email_address_invalid'],
    },
    attachUserIdentity,
  ),
  del(
    '/admin/users/:id/identities/:identityId',
    {
      about: 'Takes one away. The last way in stays.',
      who: writesUsers,
      codes: ['single_identity_not_deletable', 'user_already_exists'],
    },
    dropUserIdentity,
  ),
  get(
    '/admin/users/:id/factors',
    { about: 'A user’s second factors.', who: readsUsers, answer: factorPage },
    users.listUserFactors,
  ),
  del(
    '/admin/users/:id/factors',
    { about: 'Removes every second factor of a user, who is told.', who: writesUsers, query: ask.removeFactorQuery },
    users.dropUserFactors,
  ),
  del(
    '/admin/users/:id/factors/:factorId',
    { about: 'Removes a second factor. Sessions fall to aal1.', who: writesUsers, query: ask.removeFactorQuery },
    users.dropUserFactor,
  ),
  get(
    '/admin/users/:id/access-keys',
    {
      about: 'A user’s personal access tokens, newest first.',
      who: readsUsers,
      query: ask.adminPageQuery,
      answer: accessKeyPage,
    },
    listUserAccessKeys,
  ),
  del(
    '/admin/users/:id/access-keys/:keyId',
    {
      about: 'Ends a personal access token of a user, who is told, and the sessions it opened.',
      who: writesUsers,
      query: ask.dropAccessKeyQuery,
    },
    dropUserAccessKey,
  ),
  post(
    '/admin/users/:id/links',
    {
      about: 'Makes a link to hand over, or mails it. Its holder is asked before anything happens.',
      who: writesUsers,
      body: ask.linkRequestBody,
      answer: adminLink,
      status: 201,
      shownOnce: ['url'],
      codes: ['user_already_exists', 'redirect_not_allowed', 'email_address_invalid'],
    },
    makeLink,
  ),
  post(
    '/admin/users/:id/impersonation',
    {
      about:
        'Opens a session in which an administrator acts for a user, for an hour at most. It is marked with who that is, nothing renews it, and it changes no password, factor, address, connected account or access token.',
      who: 'admin:admin',
      body: ask.actForBody,
      answer: complete,
      shownOnce: ['tokens'],
      codes: ['user_banned', ...hooked],
    },
    users.actForOne,
  ),
  del(
    '/admin/users/:id/lock',
    { about: 'Opens an account that too many wrong passwords or codes have closed.', who: writesUsers },
    users.openLock,
  ),
]

const otherRoutes: readonly Operation[] = [
  get(
    '/admin/invites',
    { about: 'Invitations that wait, newest first.', who: readsUsers, query: ask.adminPageQuery, answer: invitePage },
    listInvites,
  ),
  post(
    '/admin/invites',
    {
      about: 'Invites somebody by mail. A newer invitation replaces the older.',
      who: writesUsers,
      body: ask.inviteBody,
      answer: invite,
      status: 201,
      codes: ['user_already_exists', 'redirect_not_allowed', 'email_address_invalid', ...hooked],
    },
    makeInvite,
  ),
  del('/admin/invites/:id', { about: 'Takes an invitation back.', who: writesUsers }, takeInviteBack),
  get(
    '/admin/audit',
    { about: 'What happened, newest first.', who: 'admin:audit:read', query: ask.auditQuery, answer: auditPage },
    act.listAudit,
  ),
  get(
    '/admin/signing-keys',
    { about: 'The keys that sign access tokens.', who: 'admin:keys:write', answer: signingKeyPage },
    act.listSigningKeys,
  ),
  post(
    '/admin/signing-keys',
    {
      about: 'Publishes the next key, which signs once every verifier has had time to fetch it.',
      who: 'admin:keys:write',
      body: ask.rotateBody,
      answer: signingKey,
      status: 201,
    },
    act.rotate,
  ),
  del(
    '/admin/signing-keys/:kid',
    { about: 'Ends a key: its tokens fail from now on.', who: 'admin:keys:write' },
    act.endSigningKey,
  ),
  get(
    '/admin/api-keys',
    { about: 'API keys, without their text.', who: 'admin:keys:write', query: ask.adminPageQuery, answer: apiKeyPage },
    act.listApiKeys,
  ),
  post(
    '/admin/api-keys',
    {
      about: 'Makes an API key. Its text is shown once; nobody hands out more than they hold.',
      who: 'admin:keys:write',
      body: apiKeyBody,
      answer: newApiKey,
      status: 201,
      shownOnce: ['key'],
    },
    act.makeApiKey,
  ),
  del('/admin/api-keys/:id', { about: 'Takes a key back at once.', who: 'admin:keys:write' }, act.endApiKey),
  get(
    '/admin/outbox',
    {
      about: 'Messages, newest first, without their content.',
      who: 'admin:audit:read',
      query: ask.outboxQuery,
      answer: outboxPage,
    },
    act.listOutbox,
  ),
  post(
    '/admin/outbox/:id/retry',
    { about: 'Lets a failed or postponed message go now.', who: 'admin:settings:write' },
    act.retry,
  ),
  del('/admin/outbox/:id', { about: 'Drops a message.', who: 'admin:settings:write' }, act.drop),
  post(
    '/admin/redirects/test',
    {
      about: 'Says whether people may be sent to a URL, by which rule and why.',
      who: 'admin:audit:read',
      body: ask.redirectBody,
      answer: redirectVerdict,
    },
    act.testRedirect,
  ),
  get(
    '/admin/stats',
    { about: 'What happened in a span of time.', who: 'admin:audit:read', query: ask.statsQuery, answer: stats },
    act.showStats,
  ),
]

export const adminRoutes: readonly Operation[] = [
  ...userRoutes,
  ...providerRoutes,
  ...adminSsoRoutes,
  ...oauthClientRoutes,
  ...otherRoutes,
  ...configurationRoutes,
]
