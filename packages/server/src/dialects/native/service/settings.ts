import { isUuid } from '../../../base/encoding.ts'
import { invalid } from '../../../base/errors.ts'
import { relyingPartyOf } from '../../../core/passkeys/relying-party.ts'
import { takesIdTokens } from '../../../core/providers/provider.ts'
import type { Settings } from '../../../core/settings/settings.ts'
import { chains } from '../../../core/wallets/wallet-message.ts'
import type { Call } from '../operation.ts'
import { timeOf } from '../present.ts'
import type { inboxQuery } from './bodies.ts'

/** GET /settings: what a sign-in form needs to know. */
export async function readSettings({ native, core: { settings, providers, ssoProviders } }: Call) {
  const [offered, organisations] = await Promise.all([providers.list(), ssoProviders.count()])
  const sso = settings.sso.enabled && organisations > 0
  const { signUp, phone, password, codes, locales, factors, captcha, passkeys } = settings
  const offeredChains = chains.filter((chain) => settings.wallets[chain])
  return {
    name: settings.name,
    signUp: signUp.enabled,
    identifiers: ['email' as const, ...(phone.enabled ? ['phone' as const] : [])],
    waysIn: [
      'password' as const,
      'code' as const,
      ...(offered.length > 0 ? ['provider' as const] : []),
      ...(offered.some(({ provider }) => takesIdTokens(provider)) ? ['id_token' as const] : []),
      ...(passkeys.enabled ? ['passkey' as const] : []),
      ...(offeredChains.length > 0 ? ['wallet' as const] : []),
      ...(sso ? ['sso' as const] : []),
      ...(signUp.enabled && signUp.anonymous ? ['anonymous' as const] : []),
    ],
    providers: offered.map(({ provider }) => ({
      id: provider.id,
      name: provider.name,
      kind: provider.kind,
      startUrl: `${native.url}/sign-in/provider/${encodeURI(provider.id)}`,
      iconUrl: null,
      idToken: takesIdTokens(provider),
    })),
    wallets: offeredChains,
    sso,
    factors: [
      ...(factors.totp ? ['totp' as const] : []),
      ...(factors.phone && phone.channels.length > 0 ? ['phone' as const] : []),
      ...(passkeys.enabled ? ['passkey' as const] : []),
      ...(factors.recoveryCodes ? ['recovery_codes' as const] : []),
    ],
    secondFactor: 'optional' as const,
    confirmation: { email: signUp.emailConfirmation, phone: signUp.phoneConfirmation },
    password: { min: password.min, max: password.max, checks: checksOf(password) },
    code: { length: codes.length, seconds: codes.seconds },
    captcha:
      captcha.provider === ''
        ? null
        : { provider: captcha.provider, siteKey: captcha.siteKey, on: captcha.on.map((place) => place) },
    locales: [...locales.available],
    passkeys: passkeys.enabled ? { rpId: relyingPartyOf(settings).id, withoutAddress: passkeys.withoutAddress } : null,
  }
}

/** What a new password is held against. */
function checksOf({ breached, requiredCharacters }: Settings['password']) {
  return [
    'length' as const,
    'common' as const,
    'personal' as const,
    ...(breached.enabled ? ['breached' as const] : []),
    ...(requiredCharacters.length > 0 ? ['characters' as const] : []),
  ]
}

/** GET /dev/inbox */
export async function listInbox({ native, query }: Call<undefined, typeof inboxQuery>) {
  const { to, after, limit } = query
  if (after !== undefined && !isUuid(after) && Number.isNaN(Date.parse(after)))
    throw invalid('after', 'must be the id of a message or a time in ISO 8601')
  const filter = { limit, ...(to === undefined ? {} : { to }), ...(after === undefined ? {} : { after }) }
  const messages = (await native.inbox?.list(filter)) ?? []
  const items = messages.map(({ at, code = null, link = null, ...rest }) => ({ ...rest, at: timeOf(at), code, link }))
  return { items, nextCursor: null }
}

/** DELETE /dev/inbox */
export async function emptyInbox({ native }: Call) {
  await native.inbox?.clear()
}
