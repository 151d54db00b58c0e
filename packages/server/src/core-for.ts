import type { Runtime } from './base/runtime.ts'
import { breachedListFor } from './breached-list-for.ts'
import { configuredKeys } from './config/api-keys.ts'
import type { Config } from './config/deployment.ts'
import { type Core, createCore } from './core/core.ts'
import type { TextSender } from './core/notifications/senders/text-gateway.ts'
import { createCommonPasswords } from './core/passwords/common-passwords.ts'
import { createHasher, type Hasher } from './core/passwords/hasher.ts'
import type { Database } from './storage/database.ts'
import { textSenderFor } from './text-sender-for.ts'

/** The rooms, joined as the configuration says, and the threads that hash for them. */
export interface ConfiguredCore {
  readonly core: Core
  readonly hasher: Hasher
  readonly texts: TextSender | undefined
}

/** Joins the rooms over an open, migrated database. Close the hasher when done. */
export function coreFor(
  config: Config,
  deps: { readonly database: Database; readonly runtime: Runtime; readonly wakeOutbox?: () => void },
): ConfiguredCore {
  const { settings, deployment } = config
  const { secrets, hashing } = deployment
  const { database, runtime, wakeOutbox = () => {} } = deps
  const breached = breachedListFor(config)
  const hasher = createHasher({ runtime, parallel: hashing.parallel, queue: hashing.queue })
  const texts = deployment.hooks.sendSms === undefined ? textSenderFor(config) : undefined
  const core = createCore({
    database,
    settings,
    runtime,
    encryptionKeys: secrets.encryptionKeys,
    apiKeys: configuredKeys(secrets),
    jwtSecret: secrets.jwtSecret,
    jwtKeys: secrets.jwtKeys,
    samlKey: secrets.samlKey,
    hasher,
    commonPasswords: createCommonPasswords(),
    providers: deployment.providers,
    captcha: deployment.captcha,
    hooks: deployment.hooks,
    breached,
    ...(texts?.check === undefined ? {} : { keptCodes: { check: texts.check } }),
    wakeOutbox,
  })
  return { core, hasher, texts }
}
