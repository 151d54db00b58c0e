/** Settings that name the hooks, and what each is called in its own messages. */
export const hookNames = {
  beforeUserCreated: 'before-user-created',
  customAccessToken: 'customize-access-token',
  sendEmail: 'send-email',
  sendSms: 'send-sms',
  passwordVerificationAttempt: 'password-verification',
  mfaVerificationAttempt: 'mfa-verification',
  afterUserCreated: 'after-user-created',
} as const

export type HookName = keyof typeof hookNames

/** A JSON object, as hooks get and answer them. */
export type HookJson = Readonly<Record<string, unknown>>

/** What every hook is told besides its own input. */
export interface HookMetadata {
  /** Names this question; asked again, it is the same. */
  readonly uuid: string
  /** ISO 8601. */
  readonly time: string
  readonly name: (typeof hookNames)[HookName]
  /** Whoever caused it; empty where nobody did. */
  readonly ip_address: string
}

/** A hook as a function. What it returns is taken as an answer in JSON would be; nothing means `{}`. */
export type HookFunction = (
  input: HookJson & { readonly metadata: HookMetadata },
  more: { readonly signal: AbortSignal },
) => unknown

/** Where a hook is. */
export type HookPlace =
  /** Secrets as `whsec_` and base64; each signs. */
  | { readonly kind: 'http'; readonly url: string; readonly secrets: readonly string[] }
  | { readonly kind: 'postgres'; readonly schema: string; readonly name: string }
  | { readonly kind: 'function'; readonly run: HookFunction }

/** The hooks of a deployment; one that is not there is not asked. */
export type HookPlaces = Readonly<Partial<Record<HookName, HookPlace>>>

/** One question to a hook. */
export interface HookCall {
  readonly id: string
  readonly at: Date
  readonly input: HookJson & { readonly metadata: HookMetadata }
}
