import { availableParallelism } from 'node:os'
import type { TextChannel } from '../core/notifications/outgoing.ts'
import { textGateway } from '../core/notifications/senders/text-gateways.ts'
import { completeCaptcha } from './captcha-group.ts'
import { hookPlaces } from './hook-group.ts'
import { signingAlgorithm } from './jwt-keys.ts'
import { parseUrl } from './kinds.ts'
import type { Parsed } from './schema.ts'
import { groupName } from './text-gateway-group.ts'

/** Defaults for what depends on other settings. */
export function complete(parsed: Parsed) {
  const { environment, sessions, tokens, mail } = parsed
  const inbox = parsed.inbox ?? environment === 'development'
  const texts = textsOf(parsed)
  const publicUrl = parsed.publicUrl ?? `http://localhost:${parsed.port}`
  return {
    ...parsed,
    publicUrl,
    siteUrl: parsed.siteUrl ?? publicUrl,
    inbox,
    texts,
    phone: phoneOf(parsed, texts.gateway, inbox),
    sessions: { ...sessions, idle: sessions.idle ?? Math.min(30 * 86_400, sessions.absolute) },
    tokens: {
      ...tokens,
      issuer: tokens.issuer ?? `${publicUrl}/auth/v1`,
      algorithm: tokens.algorithm ?? signingAlgorithm(parsed.secrets.jwtKeys ?? []) ?? ('ES256' as const),
    },
    sso: ssoOf(parsed, publicUrl),
    hashing: {
      ...parsed.hashing,
      parallel:
        parsed.hashing.parallel ?? Math.min(16, Math.max(2, Math.ceil(availableParallelism() / parsed.workers))),
    },
    mail: { ...mail, from: mail.from ?? sender(parsed.name, publicUrl) },
    captcha: completeCaptcha(parsed, publicUrl),
  }
}

/** The options of a gateway, with what another upstream says in one of its own taken for what it means. */
function textsOf({ sms }: Parsed) {
  const { provider, url, template } = sms
  const groups = sms as Readonly<Record<string, unknown>>
  const optionsOf = (id: string): Readonly<Record<string, string>> => {
    const given = Object.entries((groups[groupName(id)] ?? {}) as Record<string, string | undefined>)
    return Object.fromEntries(given.filter((option): option is [string, string] => option[1] !== undefined))
  }
  const twilio = optionsOf('twilio')
  if (provider === 'twilio' && twilio['sender']?.startsWith('VA') === true) {
    const options = { ...twilio, serviceSid: twilio['sender'], ...optionsOf('twilio_verify') }
    return { gateway: 'twilio_verify', options, url, template }
  }
  return { gateway: provider, options: provider === undefined ? {} : optionsOf(provider), url, template }
}

/** One service provider for all dialects: identity providers know people by one name for each. */
function ssoOf({ sso, dialects: { native, supabase } }: Parsed, publicUrl: string) {
  const mount = publicUrl + (supabase.enabled ? supabase.path : native.path)
  const [metadata, callback] = supabase.enabled
    ? ['/sso/saml/metadata', '/sso/saml/acs']
    : ['/saml/metadata', '/callback/saml']
  return { ...sso, entityId: sso.entityId ?? mount + metadata, callback: mount + callback }
}

const everyChannel: readonly TextChannel[] = ['sms', 'whatsapp']
/** A hook is not told of any other way. */
const hookChannels: readonly TextChannel[] = ['sms']

/** Texts that nobody pays for may go anywhere; for others the countries are chosen. */
function phoneOf({ phone, hooks }: Parsed, gateway: string | undefined, inbox: boolean) {
  const isHooked = hookPlaces(hooks).sendSms !== undefined
  const isCaught = gateway === undefined && inbox && !isHooked
  return {
    ...phone,
    enabled: phone.enabled ?? (isCaught || isHooked || gateway !== undefined),
    gateway: isHooked ? '' : (gateway ?? ''),
    countries: phone.countries ?? (isCaught ? ['*'] : []),
    channels: isCaught
      ? everyChannel
      : isHooked
        ? hookChannels
        : gateway === undefined
          ? []
          : textGateway(gateway).channels,
  }
}

/** The configuration with every default filled in; secrets may still be missing. */
export type Complete = ReturnType<typeof complete>

function sender(name: string, publicUrl: string): string {
  const shown = name.replace(/["<>\p{C}]/gu, '').trim()
  return `${JSON.stringify(shown)} <no-reply@${parseUrl(publicUrl)?.hostname ?? 'localhost'}>`
}
