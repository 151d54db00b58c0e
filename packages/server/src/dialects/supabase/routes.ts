import { Refusal } from '../../base/errors.ts'
import { signedIn, signedInKey } from '../../gate/bearer.ts'
import { limited } from '../../gate/limited.ts'
import { roomToHash } from '../../gate/room-to-hash.ts'
import { sameOriginOrListed } from '../../http/csrf.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Gate, Route } from '../../http/route.ts'
import { getAudit } from './admin-audit.ts'
import {
  deleteAdminFactor,
  deleteAdminPasskey,
  getAdminFactors,
  getAdminPasskeys,
  putAdminFactor,
} from './admin-factors.ts'
import { postGenerateLink, postInvite } from './admin-links.ts'
import { deleteAdminUser, getAdminUser, getAdminUsers, postAdminUser, putAdminUser } from './admin-users.ts'
import { administrator } from './administer.ts'
import { solves } from './captcha.ts'
import type { Supabase } from './dialect.ts'
import { externalRoutes } from './external-routes.ts'
import { deleteFactor, postChallenge, postFactor, postVerifyFactor } from './factors.ts'
import { postLogout } from './logout.ts'
import { oauthRoutes } from './oauth-routes.ts'
import { postMagicLink, postOtp } from './otp.ts'
import {
  deletePasskey,
  getPasskeys,
  passkeysOn,
  patchPasskey,
  postAuthenticationOptions,
  postAuthenticationVerify,
  postRegistrationOptions,
  postRegistrationVerify,
} from './passkeys.ts'
import { doing } from './present-error.ts'
import { getReauthenticate, postRecover, postResend } from './recover.ts'
import {
  deleteRecoveryCodes,
  getRecoveryCodes,
  postRecoveryCodes,
  postRegenerate,
  postVerifyRecoveryCode,
} from './recovery-codes.ts'
import { getDiscovery, getHealth, getJwks, getSettings } from './service.ts'
import { postSignUp } from './sign-up.ts'
import { switchedOffRoutes } from './switched-off.ts'
import { postToken } from './token.ts'
import { getUser, putUser } from './user.ts'
import { postVerify } from './verify.ts'
import { getVerify, postConfirm } from './verify-link.ts'

/** Of the grants these two alone are a first proof that a program could bring. */
const isGrant = (name: 'password' | 'web3') => (exchange: Exchange) => exchange.query.one('grant_type') === name

/** What a guest has none of: said before anything is read. */
function noGuest(exchange: Exchange): void {
  if (exchange.need(signedInKey).user.isAnonymous) throw new Refusal('anonymous_not_allowed')
}

/** The routes below `/auth/v1`. */
export function supabaseRoutes(at: Supabase): readonly Route[] {
  const { core } = at
  const everybody = [limited(core, 'public')]
  const answers = [limited(core, 'answerNetwork')]
  /** Whoever has a second factor and has not proved it gets no further than these. */
  const door = [signedIn(core, { level: 'door' })]
  const user = [signedIn(core)]
  const change = [...user, limited(core, 'change')]
  const administer = (scope: 'users:read' | 'users:write' | 'audit:read' | 'settings:write'): Gate[] => [
    doing('admin'),
    limited(core, 'admin'),
    administrator(core, scope),
  ]
  const ownPage = sameOriginOrListed((origin) => origin === core.settings.publicUrl)
  const reads = administer('users:read')
  const writes = administer('users:write')
  return [
    { method: 'GET', path: '/health', safe: true, handle: getHealth() },
    { method: 'GET', path: '/settings', safe: true, gates: everybody, handle: getSettings(at) },
    { method: 'GET', path: '/.well-known/jwks.json', safe: true, gates: everybody, handle: getJwks(at) },
    {
      method: 'GET',
      path: '/.well-known/openid-configuration',
      safe: true,
      gates: everybody,
      handle: getDiscovery(at),
    },

    ...firstRoutes(at, everybody),
    { method: 'GET', path: '/verify', gates: answers, handle: getVerify(at) },
    { method: 'POST', path: '/verify', gates: answers, handle: postVerify(at) },
    { method: 'POST', path: '/verify/confirm', body: 'form', gates: [ownPage, ...answers], handle: postConfirm(at) },

    {
      method: 'GET',
      path: '/user',
      safe: true,
      gates: [signedIn(core, { level: 'door', clients: 'accepted', scope: 'me:read' })],
      handle: getUser(at),
    },
    { method: 'PUT', path: '/user', gates: [doing('user'), ...change], handle: putUser(at) },
    {
      method: 'GET',
      path: '/reauthenticate',
      gates: [doing('reauthenticate'), ...change],
      handle: getReauthenticate(at),
    },
    ...factorRoutes(at, door),
    ...passkeyRoutes(at, { answers, door }),
    { method: 'POST', path: '/logout', body: 'none', gates: everybody, handle: postLogout(at) },

    ...adminUserRoutes(at, { reads, writes, audits: administer('audit:read') }),
    ...adminFactorRoutes(at, { reads, writes }),

    ...externalRoutes(at, { answers, ownPage, change, administer: administer('settings:write') }),
    ...oauthRoutes(at, { user, change, administer: administer('settings:write') }),
    ...switchedOffRoutes(everybody),
  ]
}

/** What strangers begin with: programs are kept out of it where that is switched on. */
function firstRoutes(at: Supabase, everybody: readonly Gate[]): readonly Route[] {
  const { core } = at
  const signUp = [doing('sign_up'), limited(core, 'signUp'), ...solves(at, 'sign_up')]
  const asked = [...solves(at, 'sign_in', isGrant('password')), ...solves(at, 'start', isGrant('web3'))]
  const token = [roomToHash(core, limited(core, 'tokenNetwork'), isGrant('password')), ...asked]
  const send = [...everybody, ...solves(at, 'send')]
  return [
    { method: 'POST', path: '/signup', gates: signUp, handle: postSignUp(at) },
    { method: 'POST', path: '/token', gates: token, handle: postToken(at) },
    { method: 'POST', path: '/otp', gates: send, handle: postOtp(at) },
    { method: 'POST', path: '/magiclink', gates: [doing('magic_link'), ...send], handle: postMagicLink(at) },
    { method: 'POST', path: '/recover', gates: send, handle: postRecover(at) },
    { method: 'POST', path: '/resend', gates: send, handle: postResend(at) },
  ]
}

/** Second factors: open to whoever has given a first proof; each says itself what more it takes. */
function factorRoutes(at: Supabase, door: readonly Gate[]): readonly Route[] {
  const look = [doing('recovery_codes'), ...door, noGuest]
  const doorChange = [...door, noGuest, limited(at.core, 'change')]
  const factor = [doing('factor'), ...doorChange]
  const codes = [doing('recovery_codes'), ...doorChange]
  const codesPath = '/factors/recovery-codes'
  return [
    { method: 'POST', path: '/factors', gates: factor, handle: postFactor(at) },
    { method: 'POST', path: '/factors/:id/challenge', gates: factor, handle: postChallenge(at) },
    { method: 'POST', path: '/factors/:id/verify', gates: factor, handle: postVerifyFactor(at) },
    {
      method: 'DELETE',
      path: '/factors/:id',
      body: 'none',
      gates: [doing('unenroll'), ...doorChange],
      handle: deleteFactor(at),
    },
    { method: 'GET', path: codesPath, safe: true, gates: look, handle: getRecoveryCodes() },
    { method: 'POST', path: codesPath, gates: codes, handle: postRecoveryCodes(at) },
    { method: 'POST', path: `${codesPath}/verify`, gates: codes, handle: postVerifyRecoveryCode(at) },
    { method: 'POST', path: `${codesPath}/regenerate`, gates: codes, handle: postRegenerate(at) },
    { method: 'DELETE', path: codesPath, body: 'none', gates: codes, handle: deleteRecoveryCodes(at) },
  ]
}

/** Passkeys. Where they are off, that is said before anybody is asked who they are. */
function passkeyRoutes(
  at: Supabase,
  { answers, door }: { readonly answers: readonly Gate[]; readonly door: readonly Gate[] },
): readonly Route[] {
  const on: readonly Gate[] = [doing('passkey'), passkeysOn(at)]
  const change = [...on, ...door, limited(at.core, 'change')]
  const register = [...on, ...door, noGuest, limited(at.core, 'change')]
  const start = [...on, limited(at.core, 'start'), ...solves(at, 'start')]
  const own = '/passkeys/:id'
  return [
    { method: 'POST', path: '/passkeys/registration/options', gates: register, handle: postRegistrationOptions(at) },
    { method: 'POST', path: '/passkeys/registration/verify', gates: register, handle: postRegistrationVerify(at) },
    { method: 'POST', path: '/passkeys/authentication/options', gates: start, handle: postAuthenticationOptions(at) },
    {
      method: 'POST',
      path: '/passkeys/authentication/verify',
      gates: [...on, ...answers],
      handle: postAuthenticationVerify(at),
    },
    { method: 'GET', path: '/passkeys', safe: true, gates: [...on, ...door], handle: getPasskeys },
    { method: 'PATCH', path: own, gates: change, handle: patchPasskey(at) },
    { method: 'DELETE', path: own, body: 'none', gates: change, handle: deletePasskey(at) },
  ]
}

function adminUserRoutes(
  at: Supabase,
  gates: { readonly reads: readonly Gate[]; readonly writes: readonly Gate[]; readonly audits: readonly Gate[] },
): readonly Route[] {
  const { reads, writes, audits } = gates
  return [
    { method: 'GET', path: '/admin/audit', safe: true, gates: audits, handle: getAudit(at) },
    { method: 'POST', path: '/invite', gates: writes, handle: postInvite(at) },
    { method: 'POST', path: '/admin/generate_link', gates: writes, handle: postGenerateLink(at) },
    { method: 'GET', path: '/admin/users', safe: true, gates: reads, handle: getAdminUsers(at) },
    { method: 'POST', path: '/admin/users', gates: writes, handle: postAdminUser(at) },
    { method: 'GET', path: '/admin/users/:id', safe: true, gates: reads, handle: getAdminUser(at) },
    { method: 'PUT', path: '/admin/users/:id', gates: writes, handle: putAdminUser(at) },
    { method: 'DELETE', path: '/admin/users/:id', gates: writes, handle: deleteAdminUser(at) },
  ]
}

function adminFactorRoutes(
  at: Supabase,
  { reads, writes }: { readonly reads: readonly Gate[]; readonly writes: readonly Gate[] },
): readonly Route[] {
  const one = '/admin/users/:id/factors/:factorId'
  const passkeys = '/admin/users/:id/passkeys'
  return [
    { method: 'GET', path: '/admin/users/:id/factors', safe: true, gates: reads, handle: getAdminFactors(at) },
    { method: 'PUT', path: one, gates: writes, handle: putAdminFactor(at) },
    { method: 'DELETE', path: one, gates: writes, handle: deleteAdminFactor(at) },
    { method: 'GET', path: passkeys, safe: true, gates: [doing('passkey'), ...reads], handle: getAdminPasskeys(at) },
    {
      method: 'DELETE',
      path: `${passkeys}/:passkeyId`,
      gates: [doing('passkey'), ...writes],
      handle: deleteAdminPasskey(at),
    },
  ]
}
