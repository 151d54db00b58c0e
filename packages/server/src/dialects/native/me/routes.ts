import { del, get, type Operation, patch, post, put } from '../operation.ts'
import { auditPage } from '../schemas/admin.ts'
import { userEvent } from '../schemas/event.ts'
import { accountExport } from '../schemas/export.ts'
import { consentPage } from '../schemas/oauth-client.ts'
import { outcome, pending, providerTokens } from '../schemas/outcome.ts'
import {
  accessKey,
  accessKeyPage,
  factor,
  factorPage,
  identityPage,
  recoveryCodes,
  session,
  sessionPage,
  user,
} from '../schemas/user.ts'
import { addAccessKey, dropAccessKey, listAccessKeys } from './access-keys.ts'
import {
  accessKeyBody,
  activityQuery,
  elevationBody,
  emailBody,
  factorBody,
  factorNameBody,
  linkBody,
  newPasswordBody,
  pageQuery,
  phoneBody,
  profileBody,
} from './bodies.ts'
import { changeMyEmail, dropEmail, elevateMe } from './email.ts'
import { streamMyEvents } from './events.ts'
import { exportMe } from './export.ts'
import { addFactor, changeFactor, dropFactor, listFactors, renewRecoveryCodes } from './factors.ts'
import { dropGrant, listGrants } from './grants.ts'
import { addIdentity, listIdentities, readProviderTokens, removeIdentity } from './identities.ts'
import { changeMyPhone, dropPhone } from './phone.ts'
import { deleteMe, dropPassword, readMe, setPassword, updateMe } from './profile.ts'
import { endMySession, listMyActivity, listMySessions, readMySession } from './sessions.ts'

export const meRoutes: readonly Operation[] = [
  get('/me', { about: 'Who is signed in.', who: 'door', scope: 'me:read', answer: user }, readMe),
  patch(
    '/me',
    { about: 'Changes the profile.', who: 'user', scope: 'me:write', body: profileBody, answer: user },
    updateMe,
  ),
  del(
    '/me',
    { about: 'Deletes the account. Every session ends and the address is free again.', who: 'recent' },
    deleteMe,
  ),
  get(
    '/me/activity',
    { about: 'What happened to the account, newest first.', who: 'user', query: activityQuery, answer: auditPage },
    listMyActivity,
  ),
  get(
    '/me/export',
    {
      about:
        'All that is kept about the account, as a file: profile, connected accounts, factors, sessions, access tokens, grants and activity. No secret is in it.',
      who: 'recent',
      bucket: 'change',
      answer: accountExport,
      leavesTrace: true,
    },
    exportMe,
  ),
  get(
    '/me/events',
    {
      about:
        'Server-sent events: what happens to the account from now on, or since `Last-Event-ID`. An event may come twice. A comment every 25 seconds; ends with the session.',
      who: 'user',
      answer: userEvent,
      type: 'text/event-stream',
      headers: [['Last-Event-ID', 'Id of the event that was seen last; those since then come first.']],
      leavesTrace: true,
      codes: ['limit_reached', 'unavailable'],
    },
    streamMyEvents,
  ),
  get(
    '/me/sessions',
    {
      about: 'The signed-in devices, last used first.',
      who: 'user',
      scope: 'sessions:read',
      query: pageQuery,
      answer: sessionPage,
    },
    listMySessions,
  ),
  get('/me/sessions/current', { about: 'This session.', who: 'door', answer: session }, readMySession),
  del('/me/sessions/:id', { about: 'Ends one session.', who: 'user' }, endMySession),
  get(
    '/me/grants',
    {
      about: 'What was allowed to other applications, newest first.',
      who: 'user',
      answer: consentPage,
      codes: ['feature_disabled'],
    },
    listGrants,
  ),
  del(
    '/me/grants/:clientId',
    { about: 'Takes it back; the sessions of the application end.', who: 'user', codes: ['feature_disabled'] },
    dropGrant,
  ),
  post(
    '/me/elevation',
    {
      about:
        'Begins proving once more who it is, with the second factor where there is one. Finishing it renews the tokens.',
      who: 'door',
      body: elevationBody,
      answer: pending,
      codes: ['anonymous_not_allowed', 'insufficient_aal'],
    },
    elevateMe,
  ),
  put(
    '/me/password',
    {
      about: 'Sets a password, with the present one or after a recent proof. Other sessions end.',
      who: 'user',
      body: newPasswordBody,
      answer: user,
      codes: [
        'weak_password',
        'same_password',
        'current_password_invalid',
        'reauthentication_needed',
        'user_sso_managed',
        'anonymous_not_allowed',
        'over_attempt_limit',
      ],
    },
    setPassword,
  ),
  del(
    '/me/password',
    {
      about: 'Removes the password of an account that has another way in.',
      who: 'recent',
      answer: user,
      codes: ['single_identity_not_deletable'],
    },
    dropPassword,
  ),
  post(
    '/me/email',
    {
      about: 'Begins a change of e-mail: a code to the new address, then one to the old. A guest gets a first one.',
      who: 'recent',
      body: emailBody,
      answer: outcome,
      codes: [
        'email_address_invalid',
        'identifier_not_allowed',
        'user_sso_managed',
        'weak_password',
        'redirect_not_allowed',
        'user_already_exists',
        'over_email_send_rate_limit',
      ],
    },
    changeMyEmail,
  ),
  del(
    '/me/email',
    {
      about: 'Takes the e-mail address off an account that has another way in. A change that waits is dropped.',
      who: 'recent',
      answer: user,
      codes: ['single_identity_not_deletable', 'user_sso_managed'],
    },
    dropEmail,
  ),
  post(
    '/me/phone',
    {
      about: 'Begins a change of phone number: a code to the new one. A guest gets a first one.',
      who: 'recent',
      body: phoneBody,
      answer: outcome,
      codes: [
        'phone_number_invalid',
        'identifier_not_allowed',
        'provider_disabled',
        'feature_disabled',
        'user_sso_managed',
        'weak_password',
        'user_already_exists',
        'over_sms_send_rate_limit',
      ],
    },
    changeMyPhone,
  ),
  del(
    '/me/phone',
    {
      about: 'Takes the phone number off an account that has another way in. A change that waits is dropped.',
      who: 'recent',
      answer: user,
      codes: ['single_identity_not_deletable', 'user_sso_managed'],
    },
    dropPhone,
  ),
  get('/me/factors', { about: 'Second factors and recovery codes.', who: 'door', answer: factorPage }, listFactors),
  post(
    '/me/factors',
    {
      about:
        'Begins setting a second factor up. Its first code finishes it and raises this session; sessions without it end. A passkey signs in alone and protects nothing by itself.',
      who: 'recent',
      body: factorBody,
      answer: pending,
      codes: [
        'limit_reached',
        'factor_name_taken',
        'conflict',
        'feature_disabled',
        'email_not_confirmed',
        'anonymous_not_allowed',
        'user_sso_managed',
        'phone_number_invalid',
        'identifier_not_allowed',
        'over_sms_send_rate_limit',
      ],
    },
    addFactor,
  ),
  patch(
    '/me/factors/:id',
    {
      about: 'Calls a factor something else.',
      who: 'recent',
      body: factorNameBody,
      answer: factor,
      codes: ['factor_name_taken'],
    },
    changeFactor,
  ),
  del(
    '/me/factors/:id',
    {
      about: 'Removes a factor. Other sessions fall to aal1; recovery codes go with the last one.',
      who: 'recent',
      codes: ['single_identity_not_deletable'],
    },
    dropFactor,
  ),
  post(
    '/me/recovery-codes',
    {
      about: 'Ten recovery codes, shown once; older ones are dead.',
      who: 'recent',
      answer: recoveryCodes,
      status: 201,
      codes: ['conflict', 'feature_disabled', 'limit_reached', 'factor_name_taken'],
    },
    renewRecoveryCodes,
  ),
  get(
    '/me/identities',
    { about: 'Accounts elsewhere that may sign in here.', who: 'user', answer: identityPage },
    listIdentities,
  ),
  post(
    '/me/identities',
    {
      about:
        'Connects an account elsewhere: with an ID token at once, a wallet by its signature, otherwise over the page of the provider. Finishes in this session alone.',
      who: 'recent',
      body: linkBody,
      answer: outcome,
      codes: [
        'user_sso_managed',
        'identity_already_exists',
        'id_token_invalid',
        'provider_disabled',
        'provider_failed',
        'redirect_not_allowed',
        'user_already_exists',
        'email_not_confirmed',
      ],
    },
    addIdentity,
  ),
  del(
    '/me/identities/:id',
    {
      about: 'Takes a connected account away. The last way in stays.',
      who: 'recent',
      codes: ['single_identity_not_deletable', 'user_already_exists'],
    },
    removeIdentity,
  ),
  get(
    '/me/provider-tokens/:provider',
    {
      about: 'The tokens that are kept of an account elsewhere, renewed where they are old.',
      who: 'user',
      answer: providerTokens,
      leavesTrace: true,
      codes: ['feature_disabled', 'provider_disabled', 'provider_failed'],
    },
    readProviderTokens,
  ),
  get(
    '/me/access-keys',
    {
      about:
        'Personal access tokens, newest first. One is sent as `Authorization: Bearer`, or opens a session at `/sign-in/access-key`.',
      who: 'user',
      query: pageQuery,
      answer: accessKeyPage,
    },
    listAccessKeys,
  ),
  post(
    '/me/access-keys',
    {
      about: 'Makes a personal access token; it is shown once.',
      who: 'recent',
      body: accessKeyBody,
      answer: accessKey,
      status: 201,
      codes: ['limit_reached', 'anonymous_not_allowed', 'email_not_confirmed'],
    },
    addAccessKey,
  ),
  del(
    '/me/access-keys/:id',
    { about: 'Ends a personal access token, and the sessions it opened.', who: 'recent' },
    dropAccessKey,
  ),
]
