import { availableParallelism } from 'node:os'
import type { TextChannel } from '../core/notifications/outgoing.ts'
import { signingAlgorithm } from './jwt-keys.ts'
import { parseUrl } from './kinds.ts'
import type { Parsed } from './schema.ts'

/** Defaults for what depends on other settings. */
export function complete(parsed: Parsed) {
  const { environment, sessions, tokens, mail } = parsed
  const inbox = parsed.inbox ?? environment === 'development'
  const publicUrl = parsed.publicUrl ?? `http://localhost:${parsed.port}`
  return {
    ...parsed,
    publicUrl,
    siteUrl: parsed.siteUrl ?? publicUrl,
    inbox,
    phone: phoneOf(parsed, inbox),
    sessions: { ...sessions, idle: sessions.idle ?? Math.min(30 * 86_400, sessions.absolute) },
    tokens: {
      ...tokens,
      issuer: tokens.issuer ?? `${publicUrl}/auth/v1`,
      algorithm: tokens.algorithm ?? signingAlgorithm(parsed.secrets.jwtKeys ?? []) ?? ('ES256' as const),
    },
    hashing: {
      ...parsed.hashing,
      parallel:
        parsed.hashing.parallel ?? Math.min(16, Math.max(2, Math.ceil(availableParallelism() / parsed.workers))),
    },
    mail: { ...mail, from: mail.from ?? sender(parsed.name, publicUrl) },
  }
}

/** Texts that nobody pays for may go anywhere; for others the countries are chosen. */
function phoneOf({ phone }: Parsed, inbox: boolean) {
  const channels: readonly TextChannel[] = ['sms', 'whatsapp']
  return {
    ...phone,
    enabled: phone.enabled ?? inbox,
    countries: phone.countries ?? (inbox ? ['*'] : []),
    channels: inbox ? channels : [],
  }
}

/** The configuration with every default filled in; secrets may still be missing. */
export type Complete = ReturnType<typeof complete>

function sender(name: string, publicUrl: string): string {
  const shown = name.replace(/["<>\p{C}]/gu, '').trim()
  return `${JSON.stringify(shown)} <no-reply@${parseUrl(publicUrl)?.hostname ?? 'localhost'}>`
}
