import { z } from 'zod'
import type { ClaimSource } from '../core/settings/settings.ts'
import { isClaimFact } from '../core/tokens/claim-facts.ts'
import { rootOf } from '../core/tokens/claim-path.ts'
import { type Finding, warning, when } from './finding.ts'
import { type Fault, fault, kind, readJson, text } from './kinds.ts'

const one = z.union([z.string(), z.number(), z.boolean()])
const said = z.union([one, z.array(one)])
const claimShape = z.record(
  z.string().min(1).max(200),
  z.union([
    z.strictObject({ value: said }),
    z.strictObject({ path: z.string().min(1).max(200), default: said.exactOptional() }),
  ]),
)
const claimRule = 'must be claims by name, each { "value": … } or { "path": "metadata.plan", "default": … }'

/**
 * Declared claims: an object, or its JSON. A path that cannot be read, or that begins with nothing an account has, is a
 * mistake: at the time of a token nobody would see it.
 */
export const claims = () =>
  kind(z.union([text, claimShape]), claimRule, (value): Readonly<Record<string, ClaimSource>> | Fault => {
    const found = claimShape.safeParse(typeof value === 'string' ? readJson(value) : value)
    if (!found.success) return fault(claimRule)
    const problem = Object.entries(found.data).flatMap(([name, source]) => problemOf(name, source))[0]
    return problem === undefined ? found.data : fault(problem)
  })

function problemOf(name: string, source: ClaimSource): readonly string[] {
  if ('value' in source) return []
  const root = rootOf(source.path)
  const which = `must have paths into the user: that of ${JSON.stringify(name)}, ${JSON.stringify(source.path)},`
  if (root === undefined)
    return [`${which} cannot be read; it has names between dots, each with [0], [*] or ['a name'] behind it`]
  if (isClaimFact(root)) return []
  return [`${which} begins with what no account has; what other tables hold is added by hooks.customAccessToken`]
}

/** What permissions must not rest on. */
export function claimFindings(claims: Readonly<Record<string, ClaimSource>>): readonly Finding[] {
  const own = Object.entries(claims).filter(([, source]) => 'path' in source && rootOf(source.path) === 'metadata')
  const names = own.map(([name]) => name).join(', ')
  return when(
    own.length > 0,
    warning(
      'tokens.hasura.claims',
      `takes ${names} from metadata, which people write themselves. What grants anything belongs in appMetadata.`,
    ),
  )
}
