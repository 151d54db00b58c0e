import { sha256 } from '../base/digest.ts'
import { hex } from '../base/encoding.ts'
import type { VaultKey } from '../core/vault/vault.ts'
import { weakness } from './weak-secret.ts'

/** The keys of the vault, newest first. */
export type VaultKeys = readonly [VaultKey, ...VaultKey[]]

/** Keys, or why the text has none: a sentence that reads on from the setting's name. */
export type ReadKeys = { readonly keys: VaultKeys } | { readonly problem: string }

/**
 * Reads `id:key,id2:key2` (newest first) or bare keys: each 32 bytes as base64, base64url or hex. A bare key goes by the
 * first eight digits of its SHA-256, so that it keeps its name when another one is put in front of it.
 */
export function readEncryptionKeys(text: string): ReadKeys {
  if (text.trim() === '') return { problem: 'is empty; it must be a random value of 32 bytes or more.' }
  const keys: VaultKey[] = []
  for (const item of text.split(',').map((part) => part.trim())) {
    const [, name, value = ''] = /^(?:([A-Za-z0-9_-]{1,32}):)?(.*)$/s.exec(item) ?? []
    const bytes = keyBytes(value)
    const problem = weakness(value) ?? (bytes === undefined ? undefined : weakness(bytes))
    if (problem !== undefined) return { problem }
    if (bytes === undefined)
      return { problem: 'must be exactly 32 bytes as base64 or hex, such as `openssl rand -base64 32` makes.' }
    keys.push({ id: name ?? hex(sha256(bytes)).slice(0, 8), bytes })
  }
  const [first, ...others] = keys
  if (first === undefined) return { problem: 'is empty.' }
  const ids = new Set(keys.map(({ id }) => id))
  if (ids.size !== keys.length) return { problem: 'gives two keys the same name.' }
  return { keys: [first, ...others] }
}

function keyBytes(value: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(value)) return Buffer.from(value, 'hex')
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(value)) return undefined
  return Buffer.from(value, 'base64')
}
