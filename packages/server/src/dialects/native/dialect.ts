import type { Core } from '../../core/core.ts'
import type { InboxMessages } from '../../core/notifications/inbox-messages.ts'
import type { MessagePreviews } from '../../core/notifications/preview-messages.ts'
import type { Caller, Manners } from '../../flows/caller.ts'
import { callerOf } from '../../gate/caller.ts'
import type { Answer } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Gate } from '../../http/route.ts'
import { nativeManners } from './manners.ts'

/** The answers that describe the table itself, made from it. */
export interface Documents {
  openApi(): Answer
  page(): Answer
}

/** One setting as administrators may see it. */
export interface ShownSetting {
  readonly path: string
  readonly variable: string
  /** Masked where it is secret. */
  readonly value: unknown
  readonly fallback: unknown
  readonly source: 'default' | 'generated' | 'file' | 'environment' | 'flag'
  readonly secret: boolean
  readonly about: string
}

/** What every handler of this dialect works with. */
export interface Native {
  readonly core: Core
  readonly manners: Manners
  /** Public address of the mount: `https://auth.example.test/v1`. */
  readonly url: string
  readonly inbox: InboxMessages | undefined
  readonly documents: Documents
  /** What the server was started with. */
  settings(): readonly ShownSetting[]
  readonly messages: MessagePreviews
  /** Whether pages of an origin may call, with cookies too. */
  allowsOrigin(origin: string): boolean
  callerOf(exchange: Exchange): Caller
}

export interface NativeOptions {
  /** Where it is mounted: `/v1`. */
  readonly path: string
  /** What the server was started with, secrets masked. */
  readonly settings: () => readonly ShownSetting[]
  /** The messages it sends. */
  readonly messages: MessagePreviews
  /** The development inbox; without it there is none. */
  readonly inbox?: InboxMessages
  /** Stands before the development inbox. */
  readonly inboxGate?: Gate
}

export function createNative(
  core: Core,
  { path, inbox, settings, messages }: NativeOptions,
  documents: Documents,
): Native {
  const { publicUrl, corsOrigins } = core.settings
  const url = publicUrl + path
  const manners = nativeManners({ url })
  const own = new Set([new URL(publicUrl).origin, ...corsOrigins])
  return {
    core,
    manners,
    url,
    inbox,
    documents,
    settings,
    messages,
    allowsOrigin: (origin) => own.has(origin) || core.redirects.allowsOrigin(origin),
    callerOf: (exchange) => callerOf(exchange, manners),
  }
}
