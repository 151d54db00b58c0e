import { namesMailbox } from '../../base/names-mailbox.ts'
import type { JsonObject } from '../users/user.ts'
import type { Asking, TokenAnswer } from './exchange.ts'
import { record, standardProfile, text } from './facts.ts'
import type { Facts, Profile } from './provider.ts'
import { failed, readJson } from './read-json.ts'
import { storable, storableText } from './storable.ts'

/** Somebody as their provider knows them, in the form in which it is stored. */
export interface KnownProfile {
  readonly subject: string
  /** In its stored form. */
  readonly email: string | null
  readonly emailVerified: boolean
  readonly name: string | null
  readonly avatarUrl: string | null
  /** What is kept with the identity, and shown to its owner. */
  readonly data: JsonObject
}

/**
 * Reads the profile of whoever has signed in at the provider.
 * @throws Refusal `provider_failed`
 */
export async function readProfile(
  asking: Asking,
  said: {
    readonly claims: JsonObject
    readonly answer: TokenAnswer
    readonly posted: JsonObject
    /** The `Authorization` for an address. Default: the access token as bearer. */
    readonly sign?: (url: string) => string
  },
): Promise<KnownProfile> {
  const { provider, settings, server } = asking
  const facts: Facts = {
    settings,
    endpoints: server,
    claims: said.claims,
    accessToken: said.answer.tokens.accessToken,
    answer: said.answer.raw,
    posted: said.posted,
    read: (url, more = {}) => {
      const authorization = said.sign?.(url) ?? `Bearer ${said.answer.tokens.accessToken}`
      const headers = { authorization, ...lowerCase(more.headers ?? {}) }
      if (more.json === undefined) return readJson(asking.outbound, url, { headers })
      const typed = { 'content-type': 'application/json', ...headers }
      return readJson(asking.outbound, url, { method: 'POST', headers: typed, body: JSON.stringify(more.json) })
    },
  }
  const source = provider.source ?? (provider.kind === 'oidc' ? fromIdToken : fromUserinfo)
  return known(asking, await provider.profile(await source.call(provider, facts), facts))
}

/** Whom a handed ID token speaks for: its claims are all there is, for nothing more is asked of the provider. */
export async function profileOfClaims(asking: Asking, claims: JsonObject): Promise<KnownProfile> {
  const { provider, settings, server } = asking
  const read = () => Promise.reject(failed('no_access_token'))
  const facts: Facts = { settings, endpoints: server, claims, accessToken: '', answer: {}, posted: {}, read }
  const own = provider.kind === 'oidc' ? await provider.profile(claims, facts) : standardProfile(claims)
  return known(asking, provider.idTokens?.profile?.(claims) ?? own)
}

const lowerCase = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

async function fromUserinfo({ endpoints, read }: Facts): Promise<JsonObject> {
  if (endpoints.userinfo === undefined) throw failed('no_userinfo')
  return record(await read(endpoints.userinfo))
}

/** An address and whether it is verified come from one document (S39): the ID token, or, where it has none, userinfo. */
async function fromIdToken({ claims, endpoints, read }: Facts): Promise<JsonObject> {
  if (text(claims, 'email') !== null || endpoints.userinfo === undefined) return claims
  const info = record(await read(endpoints.userinfo))
  if (info['sub'] !== claims['sub']) throw failed('subject_mismatch')
  const { email_verified: _, ...rest } = claims
  return { ...rest, ...info }
}

/** A profile in its stored form. An address that cannot be one of ours is as good as none. @throws Refusal `provider_failed` */
function known({ provider, settings, server, readAddress }: Asking, said: Profile): KnownProfile {
  // Whoever is named by what cannot be stored would be somebody else without it (S38).
  if (storableText(said.subject) !== said.subject) throw failed('no_subject')
  const profile = storable({ ...said }) as unknown as Profile
  const issuer = server.issuer ?? provider.id
  const told = profile.email
  const email = told === null ? null : (readAddress(told) ?? null)
  const isVouchedFor = settings.trustEmail && profile.emailVerified === true
  const emailVerified = told !== null && email !== null && isVouchedFor && namesMailbox(told)
  const { subject, name = null, username = null, more = {} } = profile
  const avatarUrl = isSecure(profile.avatarUrl) ? profile.avatarUrl : null
  return {
    subject,
    email,
    emailVerified,
    name,
    avatarUrl,
    data: {
      ...more,
      iss: issuer,
      sub: subject,
      provider_id: subject,
      ...(name === null ? {} : { name, full_name: name }),
      ...(username === null ? {} : { user_name: username, preferred_username: username }),
      ...(avatarUrl === null ? {} : { avatar_url: avatarUrl, picture: avatarUrl }),
      ...(email === null ? {} : { email }),
      email_verified: emailVerified,
      phone_verified: false,
    },
  }
}

const isSecure = (url: string | null | undefined): url is string =>
  typeof url === 'string' && url.length <= 2_048 && /^https:\/\/[^\s"'<>\\]+$/.test(url)
