import { spellingsOf } from '../config/api-keys.ts'
import type { Config } from '../config/deployment.ts'
import { parseUrl } from '../config/kinds.ts'
import { maskUrl } from '../config/mask.ts'
import { isLoopback } from '../config/redirect-rules.ts'
import { columns } from './help.ts'

/** What the banner needs besides the configuration. */
export interface BannerFacts {
  readonly version: string
  /** Where the server listens now. */
  readonly url: string
  readonly hasColours: boolean
  /** Relative to the operator's folder, for short lines. */
  readonly cwd: string
}

/** What a server says when it has started, for a person: where it is, how its clients reach it, what comes next. */
export function banner(config: Config, facts: BannerFacts): readonly string[] {
  const { settings, deployment, warnings } = config
  const paint = painter(facts.hasColours)
  const origin = settings.publicUrl
  const rows: [string, string][] = [
    ['Server', isSamePlace(origin, facts.url) ? origin : `${origin} (listening on ${facts.url})`],
    ['Data', dataOf(config, facts.cwd)],
    ...(deployment.inbox ? [['Inbox', `${origin}/inbox`] as [string, string]] : []),
    ...(deployment.dialects.native.enabled
      ? [['API', `${origin}${deployment.dialects.native.path}/docs`] as [string, string]]
      : []),
    ...pretendedRow(config),
    ['Publishable key', deployment.secrets.publishableKey],
    ...(settings.environment === 'development' ? [secretRow(config)] : []),
  ]
  return [
    '',
    `  ${paint('1;36', settings.name)} ${paint('90', `${facts.version} · ${settings.environment}`)}`,
    '',
    ...labelled(rows, paint),
    '',
    ...clientLines(config).flatMap(({ name, base, code }) => [
      `  ${paint('1', name)} ${paint('90', base)}`,
      `    ${code}`,
    ]),
    '',
    ...nextSteps(config).map((line) => `  ${line}`),
    ...warnings.map((line) => `  ${paint('33', 'Warning:')} ${line}`),
    '',
  ]
}

/** Providers that are on without credentials: a page of ours stands in for them. */
function pretendedRow({ settings, deployment }: Config): [string, string][] {
  const pretended = Object.entries(deployment.providers).filter(
    ([, { enabled, clientIds }]) => enabled && clientIds.length === 0,
  )
  if (settings.environment === 'production' || pretended.length === 0) return []
  return [['Pretended', `${pretended.map(([id]) => id).join(', ')} (no credentials; any address is believed)`]]
}

/** `http://localhost:8787` and `http://127.0.0.1:8787` are one place to a person. */
function isSamePlace(one: string, other: string): boolean {
  const [a, b] = [parseUrl(one), parseUrl(other)]
  if (a === undefined || b === undefined) return false
  return a.port === b.port && (a.hostname === b.hostname || (isLoopback(a.hostname) && isLoopback(b.hostname)))
}

const painter = (hasColours: boolean) => (code: string, text: string) =>
  hasColours ? `\u001b[${code}m${text}\u001b[0m` : text

function labelled(rows: readonly [string, string][], paint: (code: string, text: string) => string): readonly string[] {
  const width = Math.max(...rows.map(([label]) => label.length))
  return columns(rows).map((line) => `  ${paint('90', line.slice(2, 2 + width))}${line.slice(2 + width)}`)
}

function dataOf({ deployment }: Config, cwd: string): string {
  const { database } = deployment
  if (database.kind === 'postgres') return `${maskUrl(database.url)} (schema ${deployment.schema})`
  const folder = database.folder.startsWith(`${cwd}/`) ? `.${database.folder.slice(cwd.length)}` : database.folder
  return `${folder} (embedded)`
}

/** A secret somebody set is theirs to know; one that was made here must be told once. */
function secretRow({ deployment, sources }: Config): [string, string] {
  const isMade = sources.get('secrets.secretKey') === 'generated'
  return ['Secret key', isMade ? `${deployment.secrets.secretKey}  (for servers only)` : 'as configured']
}

const nhostAlone = (url: string) => ({
  name: 'nhost-js',
  base: `${url}/v1`,
  code: `createClient({ authUrl: '${url}/v1' })`,
})

/** Each dialect's base URL and the line of code that reaches it. */
export function clientLines({ settings, deployment }: Config): readonly { name: string; base: string; code: string }[] {
  const { native, supabase, nhost, altogic } = deployment.dialects
  const key = deployment.secrets.publishableKey
  const origin = settings.publicUrl
  const supabaseKey = spellingsOf(key).find((spelling) => spelling.startsWith('sb_')) ?? key
  const supabaseBase = `${origin}${supabase.path}`
  const altogicBase = `${origin}${altogic.path.replace(/\/_api\/rest\/v1\/auth$/, '')}`
  // Supabase's client appends the path itself.
  const [, project] = /^(.*)\/auth\/v1$/.exec(supabaseBase) ?? []
  const supabaseCode =
    project === undefined
      ? `new AuthClient({ url: '${supabaseBase}', headers: { apikey: '${supabaseKey}' } })`
      : `createClient('${project}', '${supabaseKey}')`
  return [
    // Our own client knows no other path.
    ...(native.enabled && native.path === '/v1'
      ? [{ name: '@watchword/client', base: `${origin}/v1`, code: `createClient('${origin}')` }]
      : []),
    ...(supabase.enabled ? [{ name: 'supabase-js', base: supabaseBase, code: supabaseCode }] : []),
    ...(altogic.enabled
      ? [{ name: 'altogic', base: altogicBase, code: `createClient('${altogicBase}', '${key}')` }]
      : []),
    ...(nhost.enabled
      ? [
          {
            name: 'nhost-js',
            base: `${origin}${nhost.path}`,
            code: `createClient({ authUrl: '${origin}${nhost.path}' })`,
          },
          ...(nhost.port === undefined ? [] : [nhostAlone(nhost.url ?? `http://localhost:${nhost.port}`)]),
        ]
      : []),
  ]
}

function nextSteps({ settings, deployment }: Config): readonly string[] {
  if (settings.environment === 'production') return []
  return [
    'Next: point your client at this server with its line above, and sign somebody up.',
    ...(deployment.inbox && deployment.mail.smtpUrl === undefined
      ? ['      The confirmation arrives in the inbox; nothing leaves this machine.']
      : []),
    '      `npx watchword config print` shows the settings, `npx watchword --help` the commands.',
  ]
}
