import { later } from '../base/duration.ts'
import { isUuid } from '../base/encoding.ts'
import { duration } from '../config/kinds.ts'
import type { Core } from '../core/core.ts'
import { type AdminScope, type ApiKey, adminScopes } from '../core/keys/api-keys.ts'
import type { SigningAlgorithm, SigningKeyInfo } from '../core/tokens/signing-keys.ts'
import { endApiKey } from '../flows/admin/manage-keys.ts'
import { auditOf } from '../flows/steps/audit-of.ts'
import { type Call, type Command, CommandFailure, textFlag, UsageError } from './command.ts'
import { table } from './help.ts'
import { commandCaller, operator, withCore } from './with-core.ts'

const json = { json: { type: 'boolean', about: 'Answer as JSON.' } } as const

/** Lists the API keys in the database and the keys that sign tokens. */
export const keysList: Command = {
  words: ['keys', 'list'],
  summary: 'List API keys and the keys that sign tokens; no secret is shown.',
  flags: { ...json },
  configurable: 'places',
  run: (call) =>
    withCore(call, async (core) => {
      const apiKeys = await core.apiKeys.list({ limit: 1_000 })
      const signingKeys = await core.signingKeys.list()
      if (call.flags['json'] === true) call.terminal.out(JSON.stringify({ apiKeys, signingKeys }, null, 2))
      else
        for (const line of [...apiKeyLines(apiKeys, core.runtime.now()), '', ...signingKeyLines(signingKeys)])
          call.terminal.out(line)
      return 0
    }),
}

/** Makes an API key and prints it, once. */
export const keysCreate: Command = {
  words: ['keys', 'create'],
  summary: 'Make an API key. It is printed once and stored as a digest.',
  flags: {
    ...json,
    kind: { type: 'string', about: 'secret or publishable.', value: 'kind' },
    name: { type: 'string', about: 'What it is for.', value: 'name' },
    scopes: { type: 'string', about: `Of a secret key: ${adminScopes.join(', ')}. Default admin.`, value: 'list' },
    origins: { type: 'string', about: 'Of a publishable key: the web origins it may come from.', value: 'list' },
    'needs-session': {
      type: 'boolean',
      about: 'Of a publishable key: live connections are for people who are signed in.',
    },
    'expires-in': { type: 'string', about: 'Life of the key, as 90d or 12h. Default unlimited.', value: 'duration' },
  },
  configurable: 'places',
  run: (call) => {
    const wanted = keyFlags(call)
    return withCore(call, async (core) => {
      const { expiresIn, ...rest } = wanted
      const expiresAt = expiresIn === undefined ? null : later(core.runtime.now(), expiresIn)
      const made = await core.transaction(async (tx) => {
        const key = await tx.apiKeys.create({ ...rest, expiresAt })
        await record(tx, 'api_key.created', { type: 'api_key', id: key.id }, { kind: key.kind, scopes: key.scopes })
        return key
      })
      if (call.flags['json'] === true) call.terminal.out(JSON.stringify(made, null, 2))
      else {
        call.terminal.out(made.key)
        call.terminal.err(`This ${made.kind} key (id ${made.id}) is shown only now. Keep it safe.`)
      }
      return 0
    })
  },
}

/** Makes a new key to sign tokens with; the old one verifies until its last token is out. */
export const keysRotate: Command = {
  words: ['keys', 'rotate'],
  summary: 'Make a new key to sign tokens with; the old one still verifies until its last token is out.',
  flags: {
    ...json,
    algorithm: { type: 'string', about: 'ES256 or RS256. Default as configured.', value: 'name' },
  },
  configurable: 'places',
  run: (call) => {
    const algorithm = algorithmFlag(call)
    return withCore(call, async (core) => {
      if (algorithm === undefined && core.settings.tokens.algorithm === 'HS256') {
        throw new CommandFailure('Tokens are signed with the configured secret (HS256); change that instead.')
      }
      const made = await core.signingKeys.rotate(algorithm)
      await record(core, 'signing_key.rotated', { type: 'signing_key', id: made.kid }, { algorithm: made.algorithm })
      if (call.flags['json'] === true) call.terminal.out(JSON.stringify(made, null, 2))
      else
        call.terminal.out(
          `The key ${made.kid} (${made.algorithm}) is published now and signs from ${made.signsFrom.toISOString()}.`,
        )
      return 0
    })
  },
}

/** Ends an API key or a signing key at once. */
export const keysRevoke: Command = {
  words: ['keys', 'revoke'],
  args: ['<id>'],
  summary: 'End a key at once: an API key by its id, a signing key by its kid (its tokens fail from now on).',
  flags: {},
  configurable: 'places',
  run: (call) => {
    const [id] = call.args
    if (id === undefined)
      throw new UsageError('`watchword keys revoke` needs the id of a key; `watchword keys list` shows them.')
    return withCore(call, async (core) => {
      const isApiKey = isUuid(id) && (await core.transaction((tx) => revokeApiKey(tx, id)))
      if (!isApiKey) {
        if (!(await core.signingKeys.revoke(id))) throw new CommandFailure(`There is no living key ${id}.`)
        await record(core, 'signing_key.revoked', { type: 'signing_key', id }, {})
      }
      call.terminal.out(`The key ${id} is revoked.`)
      return 0
    })
  },
}

async function revokeApiKey(tx: Core, id: string): Promise<boolean> {
  if (!(await endApiKey(tx, id))) return false
  await record(tx, 'api_key.revoked', { type: 'api_key', id }, {})
  return true
}

function record(
  core: Core,
  action: string,
  target: { readonly type: string; readonly id: string },
  details: Readonly<Record<string, unknown>>,
): Promise<void> {
  return core.audit.record({ ...auditOf(commandCaller, null, operator), action, result: 'ok', target, details })
}

function keyFlags(call: Call) {
  const kind = textFlag(call, 'kind')
  const name = textFlag(call, 'name')
  if (kind !== 'secret' && kind !== 'publishable') throw new UsageError('--kind must be secret or publishable.')
  if (name === undefined) throw new UsageError('--name is needed: say what the key is for.')
  const scopes = listFlag(call, 'scopes')
  const unknown = scopes.find((scope) => !adminScopes.includes(scope as AdminScope))
  if (unknown !== undefined) throw new UsageError(`--scopes has no ${unknown}; there are ${adminScopes.join(', ')}.`)
  const life = duration(60, 3_650 * 86_400)
    .optional()
    .safeParse(textFlag(call, 'expires-in'))
  if (!life.success) throw new UsageError(`--expires-in ${life.error.issues[0]?.message ?? 'is not a duration'}.`)
  const asked = scopes.length > 0 ? (scopes as AdminScope[]) : (['admin'] as const)
  return {
    kind,
    name,
    scopes: kind === 'secret' ? asked : [],
    origins: listFlag(call, 'origins'),
    needsSession: call.flags['needs-session'] === true,
    expiresIn: life.data,
  } as const
}

function algorithmFlag(call: Call): SigningAlgorithm | undefined {
  const value = textFlag(call, 'algorithm')
  if (value === undefined || value === 'ES256' || value === 'RS256') return value
  throw new UsageError('--algorithm must be ES256 or RS256.')
}

const listFlag = (call: Call, name: string): readonly string[] =>
  (textFlag(call, name) ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')

const day = (date: Date | null) => date?.toISOString().slice(0, 10) ?? '-'

function apiKeyLines(keys: readonly ApiKey[], now: Date): readonly string[] {
  if (keys.length === 0) return ['No API keys besides those of the configuration.']
  const stateOf = ({ revokedAt, expiresAt }: ApiKey) => {
    if (revokedAt !== null) return 'revoked'
    return expiresAt !== null && expiresAt <= now ? 'expired' : 'living'
  }
  const rows = keys.map((key) => [
    key.id,
    key.kind,
    key.name,
    `…${key.hint}`,
    key.scopes.join(' '),
    stateOf(key),
    day(key.createdAt),
    day(key.expiresAt),
  ])
  return table(['api key', 'kind', 'name', 'ends in', 'scopes', 'state', 'made', 'expires'], rows)
}

function signingKeyLines(keys: readonly SigningKeyInfo[]): readonly string[] {
  if (keys.length === 0) return ['No signing keys in the database yet.']
  const rows = keys.map((key) => [key.kid, key.algorithm, key.state, day(key.createdAt), key.signsFrom.toISOString()])
  return table(['signing key', 'algorithm', 'state', 'made', 'signs from'], rows)
}
