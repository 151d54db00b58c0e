const byCode: Readonly<Record<string, string>> = {
  invalid_credentials: 'Wrong e-mail address or password.',
  email_not_confirmed: 'Please open your inbox first and confirm your address.',
  user_already_exists: 'There is an account with this address already. Please sign in instead.',
  email_exists: 'There is an account with this address already. Please sign in instead.',
}

/** What servers say of whom only the message is known. */
const byMessage: readonly (readonly [part: string, code: string])[] = [
  ['Invalid login credentials', 'invalid_credentials'],
  ['Email not confirmed', 'email_not_confirmed'],
  ['User already registered', 'user_already_exists'],
]

/** What to tell a person about something thrown: one sentence. */
export function sentenceFor(error: unknown): string {
  const { code, message } = (error ?? {}) as { readonly code?: unknown; readonly message?: unknown }
  const said = typeof message === 'string' ? message : ''
  const known = byMessage.find(([part]) => said.includes(part))?.[1] ?? String(code)
  if (Object.hasOwn(byCode, known)) return byCode[known] ?? said
  const least = /Password should be at least (\d+)/.exec(said)?.[1]
  if (least !== undefined) return `Please choose a password of at least ${least} characters.`
  return said === '' ? 'That did not work. Please try again.' : said
}

const byReason: Readonly<Record<string, string>> = {
  other_browser: 'That link was asked for in another browser. Please type the code of the mail there, or sign in here.',
  access_denied: 'That was declined. Please try again, or sign in another way.',
  flow_state_not_found: 'That link is too old. Please sign in.',
  flow_state_already_used: 'That link was used before. Please sign in.',
  otp_expired: 'That link is too old or was used before. Please sign in.',
  user_banned: 'This account is blocked.',
}

const ended = new Set([
  'session_expired',
  'session_not_found',
  'refresh_token_not_found',
  'refresh_token_overtaken',
  'refresh_token_already_used',
])

/** Why nobody is in, as a sentence: what a way back brought, or what ended the session. Empty where nothing has to be said. */
export function sentenceForReason(reason: string | null): string {
  if (reason === null) return ''
  if (ended.has(reason)) return 'You have been signed out. Please sign in again.'
  return Object.hasOwn(byReason, reason) ? (byReason[reason] ?? '') : 'That did not work. Please try again.'
}
