/** Settings that name the hooks, and what each is called in its own messages. */
export const hookNames = {
  beforeUserCreated: 'before-user-created',
  customAccessToken: 'customize-access-token',
  sendEmail: 'send-email',
  sendSms: 'send-sms',
  passwordVerificationAttempt: 'password-verification',
  mfaVerificationAttempt: 'mfa-verification',
  afterUserCreated: 'after-user-created',
  afterEvent: 'after-event',
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

/** An account, as hooks are told of it. */
export interface HookUser {
  readonly id: string
  /** Empty where there is none. */
  readonly email: string
  /** Digits alone; empty where there is none. */
  readonly phone: string
  readonly role: string
  readonly app_metadata: HookJson
  readonly user_metadata: HookJson
  readonly is_anonymous: boolean
  readonly [field: string]: unknown
}

/** What a message to be mailed consists of; all of it is always there. */
type EmailFact =
  | ('token' | 'token_hash' | 'token_new' | 'token_hash_new' | 'redirect_to' | 'email_action_type' | 'site_url')
  | ('old_email' | 'old_phone' | 'provider' | 'factor_type' | 'link')

/** Something that happened to an account: ids and facts, never an address, a name or a secret. */
export interface HookEvent {
  readonly id: string
  /** `noun.past`, such as `password.changed`. */
  readonly type: string
  /** ISO 8601. */
  readonly at: string
  readonly user_id: string
  readonly session_id: string | null
  /** Who did it. */
  readonly actor: { readonly type: string; readonly id: string | null }
  /** What it was done to, where that is not the account itself. */
  readonly target: { readonly type: string; readonly id: string } | null
  readonly dialect: string | null
  readonly details: HookJson
}

/** What each hook is told besides {@link HookMetadata}. */
export interface HookInputs {
  readonly beforeUserCreated: { readonly user: HookUser }
  readonly customAccessToken: {
    readonly user_id: string
    readonly claims: HookJson
    readonly authentication_method: string
  }
  readonly sendEmail: { readonly user: HookUser; readonly email_data: Readonly<Record<EmailFact, string>> }
  readonly sendSms: {
    readonly user: HookUser
    readonly sms: { readonly otp: string; readonly phone: string; readonly sms_type?: string }
  }
  readonly passwordVerificationAttempt: { readonly user_id: string; readonly valid: boolean }
  readonly mfaVerificationAttempt: {
    readonly user_id: string
    readonly factor_id: string
    readonly factor_type: string
    readonly valid: boolean
  }
  readonly afterUserCreated: { readonly user: HookUser }
  readonly afterEvent: { readonly event: HookEvent }
}

/** A hook as a function. What it returns is taken as an answer in JSON would be; nothing means `{}`. */
export type HookFunction<Input = never> = (
  input: Input & { readonly metadata: HookMetadata },
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
