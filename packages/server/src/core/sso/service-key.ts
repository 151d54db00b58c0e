import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { Runtime } from '../../base/runtime.ts'
import type { Sql } from '../../storage/database.ts'
import { sql } from '../../storage/sql.ts'
import type { Vault } from '../vault/vault.ts'
import { certify } from './certify.ts'

/** What requests are signed with, and what identity providers check them with. */
export interface ServiceKey {
  /** PKCS#8, PEM. */
  readonly privateKey: string
  /** Signed by itself, PEM. The same for the same key and host, however often it is made. */
  readonly certificate: string
}

/** The key of this server as a service provider: owner of `auth.sso_keys`. */
export interface ServiceKeys {
  /** The configured key, or the one made with the first request and kept. */
  current(): Promise<ServiceKey>
}

const makePair = promisify(generateKeyPair)
const context = 'sso_keys.private_key'

/** @param configured an RSA key as PEM or as base64 of PKCS#1 or PKCS#8. @param host the name in the certificate */
export function createServiceKeys(
  on: Sql,
  deps: {
    readonly runtime: Pick<Runtime, 'now'>
    readonly vault: Vault
    readonly configured: string | undefined
    readonly host: string
  },
): ServiceKeys {
  const { runtime, vault, configured, host } = deps
  const kept = new Map<'key', Promise<ServiceKey>>()
  const stored = async (): Promise<KeyObject | undefined> => {
    const [row] = await on.query<{ sealed: Uint8Array }>(sql`select private_key as sealed from auth.sso_keys`)
    return row === undefined ? undefined : createPrivateKey(vault.open(row.sealed, context))
  }
  const make = async (): Promise<KeyObject> => {
    const { privateKey } = await makePair('rsa', { modulusLength: 2_048 })
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
    await on.query(sql`insert into auth.sso_keys (private_key, created_at)
      values (${vault.seal(pem, context)}, ${runtime.now()}) on conflict do nothing`)
    const winner = await stored()
    if (winner === undefined) throw new Error('a key was stored and not found')
    return winner
  }
  const load = async (): Promise<ServiceKey> => {
    const key = configured === undefined ? ((await stored()) ?? (await make())) : readRsaKey(configured)
    if (key === undefined) throw new Error('the configured SAML key is no RSA key of at least 2048 bits')
    return {
      privateKey: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
      certificate: await certify(key, host),
    }
  }
  return {
    current() {
      const known = kept.get('key') ?? load()
      kept.set('key', known)
      known.catch(() => kept.delete('key'))
      return known
    },
  }
}

/** An RSA key of at least 2048 bits, or undefined. */
export function readRsaKey(text: string): KeyObject | undefined {
  const der = Buffer.from(text.replace(/\s/g, ''), 'base64')
  const attempts = text.includes('-----BEGIN')
    ? [() => createPrivateKey(text)]
    : (['pkcs1', 'pkcs8'] as const).map((type) => () => createPrivateKey({ key: der, format: 'der', type }))
  for (const attempt of attempts) {
    try {
      const key = attempt()
      const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
      if (key.asymmetricKeyType === 'rsa' && bits >= 2_048) return key
    } catch {
      // Another form may fit.
    }
  }
  return undefined
}
