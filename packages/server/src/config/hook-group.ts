import { z } from 'zod'
import {
  type HookFunction,
  type HookInputs,
  type HookName,
  type HookPlace,
  type HookPlaces,
  hookNames,
} from '../core/hooks/hook.ts'
import { isIdentifier } from '../storage/sql.ts'
import { set } from './about.ts'
import { type Finding, mistake, when } from './finding.ts'
import * as kind from './kinds.ts'

const abouts: Readonly<Record<HookName, string>> = {
  beforeUserCreated: 'Asked before an account is made; may refuse it.',
  customAccessToken: 'Asked before an access token is signed; may add claims.',
  sendEmail: 'Sends mail, in place of a mail server.',
  sendSms: 'Sends texts, in place of a gateway.',
  passwordVerificationAttempt: 'Asked after a password was compared; may refuse it.',
  mfaVerificationAttempt: 'Asked after a second factor was compared; may refuse it.',
  afterUserCreated: 'Told of a new account, until it listens.',
  afterEvent: 'Told of whatever happens to an account, until it listens.',
}

const names = Object.keys(hookNames) as readonly HookName[]

/** The settings of every hook. */
export function hookGroups() {
  return z.strictObject(
    Object.fromEntries(names.map((name) => [name, group(name)])) as {
      readonly [Name in HookName]: ReturnType<typeof group<Name>>
    },
  )
}

function group<Name extends HookName>(name: Name) {
  return z.strictObject({
    enabled: set(kind.toggle().optional(), abouts[name], { otherwise: 'on where it has a `uri` or a `function`' }),
    uri: set(
      kind.url('https', 'http', 'pg-functions').optional(),
      'Where it is: a URL, or `pg-functions://postgres/<schema>/<function>`.',
      { credentials: true },
    ),
    secrets: set(
      kind.hookSecrets().optional(),
      'What calls to its URL are signed with: `v1,whsec_<base64>`; several with `|` between them.',
      { secret: true, otherwise: 'none; needed for a URL' },
    ),
    function: set(
      kind.callback<HookFunction<HookInputs[Name]>>().optional(),
      'A function in its place. In a configuration file alone.',
    ),
  })
}

interface Group {
  readonly enabled?: boolean | undefined
  readonly uri?: string | undefined
  readonly secrets?: readonly string[] | undefined
  readonly function?: HookFunction | undefined
}
type Groups = z.output<ReturnType<typeof hookGroups>>

const isOn = ({ enabled, uri, function: run }: Group): boolean => enabled ?? (uri !== undefined || run !== undefined)

/** The hooks that are on, by name. */
export function hookPlaces(groups: Groups): HookPlaces {
  const found = names.flatMap((name): [HookName, HookPlace][] => {
    const place = isOn(groups[name]) ? placeOf(groups[name]) : undefined
    return place === undefined ? [] : [[name, place]]
  })
  return Object.fromEntries(found)
}

function placeOf({ uri, secrets = [], function: run }: Group): HookPlace | undefined {
  if (run !== undefined) return { kind: 'function', run }
  if (uri === undefined) return undefined
  if (!uri.startsWith('pg-functions:')) return { kind: 'http', url: uri, secrets }
  const [, schema = '', name = ''] = new URL(uri).pathname.split('/')
  return { kind: 'postgres', schema, name }
}

/** What is wrong with the hooks that are on. @param allowed hosts that may be asked over plain http */
export function hookFindings(groups: Groups, allowed: readonly string[]): readonly Finding[] {
  return names.filter((name) => isOn(groups[name])).flatMap((name) => findingsOf(name, groups[name], allowed))
}

function findingsOf(name: HookName, hook: Group, allowed: readonly string[]): readonly Finding[] {
  const place = placeOf(hook)
  if (place === undefined) return [mistake(`hooks.${name}.uri`, 'must be set where the hook is on.')]
  const both = when(
    hook.uri !== undefined && hook.function !== undefined,
    mistake(`hooks.${name}.uri`, 'stands next to a function; keep one of them.'),
  )
  return [...both, ...faultsOf(name, place, allowed), ...shapeOf(name, hook)]
}

function shapeOf(name: HookName, { uri }: Group): readonly Finding[] {
  if (uri?.startsWith('pg-functions:') !== true) return []
  const parts = new URL(uri).pathname.split('/')
  return when(
    parts.length !== 3 || !parts.slice(1).every(isIdentifier),
    mistake(`hooks.${name}.uri`, 'must look like pg-functions://postgres/<schema>/<function>.'),
  )
}

function faultsOf(name: HookName, place: HookPlace, allowed: readonly string[]): readonly Finding[] {
  if (place.kind !== 'http') return []
  const { protocol, hostname } = new URL(place.url)
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return [
    ...when(place.secrets.length === 0, mistake(`hooks.${name}.secrets`, 'must be set: calls to a URL are signed.')),
    ...when(
      protocol === 'http:' && !allowed.includes(host),
      mistake(`hooks.${name}.uri`, `must use https, or its host must be listed in outbound.allow (${host}).`),
    ),
  ]
}
