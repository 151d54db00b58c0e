import { spellingsOf } from './api-keys.ts'
import type { Complete } from './complete.ts'
import type { Deployment } from './deployment.ts'
import { readEncryptionKeys } from './encryption-keys.ts'
import { type Finding, mistake } from './finding.ts'
import { signerFirst } from './jwt-keys.ts'
import type { LocalKeys } from './local-keys.ts'

/** The secrets to run with, what is wrong with them, and which of them were made rather than given. */
export interface ResolvedSecrets {
  /** Undefined when something is missing or cannot be read. */
  readonly secrets: Deployment['secrets'] | undefined
  readonly findings: readonly Finding[]
  readonly generated: readonly string[]
}

const keysHint = 'must be set in production (`watchword keys generate` prints fresh ones).'

/** @param local the keys a development server made for itself; undefined in production. */
export function resolveSecrets({ secrets: given, tokens }: Complete, local: LocalKeys | undefined): ResolvedSecrets {
  const wanted = { ...local, ...withoutAbsent(given) }
  const findings: Finding[] = []
  const read = wanted.encryptionKey === undefined ? undefined : readEncryptionKeys(wanted.encryptionKey)
  if (read !== undefined && 'problem' in read) findings.push(mistake('secrets.encryptionKey', read.problem))
  const needed = ['encryptionKey', 'publishableKey', 'secretKey'] as const
  findings.push(
    ...needed.filter((name) => wanted[name] === undefined).map((name) => mistake(`secrets.${name}`, keysHint)),
  )
  const generated = needed.filter((name) => given[name] === undefined && local !== undefined)
  const { publishableKey, secretKey } = wanted
  if (read === undefined || 'problem' in read || publishableKey === undefined || secretKey === undefined) {
    return { secrets: undefined, findings, generated: [] }
  }
  // A secret that nobody asked for would only widen what is accepted.
  const makesSecret = given.jwtSecret === undefined && given.jwtKeys === undefined && tokens.algorithm === 'HS256'
  const jwtSecret = given.jwtSecret ?? (makesSecret ? local?.jwtSecret : undefined)
  const secrets = {
    encryptionKeys: read.keys,
    publishableKey,
    publishableKeys: spellingsOf(publishableKey),
    secretKey,
    secretKeys: spellingsOf(secretKey),
    ...(jwtSecret === undefined ? {} : { jwtSecret }),
    ...(given.jwtKeys === undefined ? {} : { jwtKeys: signerFirst(given.jwtKeys) }),
    ...(given.samlKey === undefined ? {} : { samlKey: given.samlKey }),
  }
  const made = [...generated, ...(makesSecret && jwtSecret !== undefined ? ['jwtSecret'] : [])]
  return { secrets, findings, generated: made.map((name) => `secrets.${name}`) }
}

function withoutAbsent<T extends object>(record: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
