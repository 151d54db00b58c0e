type Facts = Readonly<Record<string, unknown>>

/** What switches a feature on, by its name in the details of a refusal. */
const switches: Readonly<Record<string, string>> = {
  oauth_server: 'WATCHWORD_OAUTH_SERVER_ENABLED=true',
  oauth_registration: 'WATCHWORD_OAUTH_SERVER_REGISTRATION=true',
  sso: 'WATCHWORD_SSO_ENABLED=true',
  passkeys: 'WATCHWORD_PASSKEYS_ENABLED=true',
  webauthn: 'WATCHWORD_PASSKEYS_ENABLED=true',
  totp: 'WATCHWORD_FACTORS_TOTP=true',
  recovery_codes: 'WATCHWORD_FACTORS_RECOVERY_CODES=true',
  linking: 'WATCHWORD_LINKING_MANUAL=true',
  proof_of_work: 'WATCHWORD_CAPTCHA_PROVIDER=proof_of_work',
  ethereum: 'WATCHWORD_WALLETS_ETHEREUM=true',
  solana: 'WATCHWORD_WALLETS_SOLANA=true',
}

/** What switches on what was refused with `feature_disabled` or `provider_disabled`, for whoever builds the app. */
export function switchOf({ feature, reason, provider }: Facts): string | undefined {
  const name = String(feature ?? provider)
  if (Object.hasOwn(switches, name)) return `${switches[name]} switches it on.`
  if (reason === 'phone') return 'WATCHWORD_PHONE_ENABLED=true switches it on.'
  if (!/^[a-z][a-z0-9_]*$/.test(name) || (reason !== 'disabled' && reason !== 'no_credentials')) return undefined
  const variable = `WATCHWORD_PROVIDERS_${name.toUpperCase()}`
  return `${variable}_CLIENT_ID and _CLIENT_SECRET switch it on; in development ${variable}_ENABLED=true is enough for signing in by redirect.`
}
