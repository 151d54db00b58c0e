import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../test/world/folders.ts'
import { loadConfig } from '../config.ts'
import { ConfigError } from './mistake.ts'

const aFolder = temporaryFolders()

async function load(env: Record<string, string>) {
  const cwd = await aFolder()
  return loadConfig({ cwd, keys: 'pretend', env })
}

const claimsOf = async (env: Record<string, string>) => (await load(env)).settings.tokens.hasura.claims

async function problemOf(env: Record<string, string>): Promise<readonly [string, string] | undefined> {
  const error = await load(env).catch((thrown: unknown) => thrown)
  if (!(error instanceof ConfigError)) throw new Error('expected a mistake')
  const [first] = error.mistakes
  return first === undefined ? undefined : [first.setting, first.problem]
}

const declared = (claims: object) => ({ WATCHWORD_TOKENS_HASURA_CLAIMS: JSON.stringify(claims) })

describe('declared claims', () => {
  it('have values, and paths with or without a default', async () => {
    const claims = {
      tier: { value: 'gold' },
      list: { value: ['a', 1] },
      teams: { path: 'appMetadata.teams[*].id', default: [] },
      plan: { path: "metadata['the.plan']" },
    }
    expect(await claimsOf(declared(claims))).toEqual(claims)
  })

  it.each(['metadata.', 'metadata[', 'metadata[-1]', "metadata[?(@.v == 'a')]", '[0]', 'a..b'])(
    'with the path %j are a mistake that names it',
    async (path) => {
      const [setting, problem] = (await problemOf(declared({ plan: { path } }))) ?? []
      expect(setting).toBe('WATCHWORD_TOKENS_HASURA_CLAIMS')
      expect(problem).toContain(`that of "plan", ${JSON.stringify(path)}, cannot be read`)
    },
  )

  it('that begin with what no account has are a mistake too', async () => {
    const [, problem] = (await problemOf(declared({ project: { path: 'profile.project.id' } }))) ?? []
    expect(problem).toContain('that of "project", "profile.project.id", begins with what no account has')
    expect((await problemOf(declared({ own: { path: 'constructor' } })))?.[1]).toContain('no account has')
  })

  it('are warned of where people could write them', async () => {
    const { warnings } = await load(declared({ plan: { path: 'metadata.plan' }, team: { path: 'appMetadata.team' } }))
    expect(warnings.join('\n')).toContain('takes plan from metadata')
  })
})

describe('the claims of a deployment of Nhost', () => {
  it('come with their defaults, and the text null where there is none', async () => {
    const claims = await claimsOf({
      AUTH_JWT_CUSTOM_CLAIMS: JSON.stringify({
        plan: 'metadata.plan',
        orgs: 'metadata.orgs[].id',
        phone: 'phoneNumber',
        mine: 'roles[].role',
      }),
      AUTH_JWT_CUSTOM_CLAIMS_DEFAULTS: JSON.stringify({ plan: 'free', orgs: [], unknown: 1 }),
    })
    expect(claims).toEqual({
      plan: { path: 'metadata.plan', default: 'free' },
      orgs: { path: 'metadata.orgs[].id', default: [] },
      phone: { path: 'phone', default: 'null' },
      mine: { path: 'roles[*]', default: 'null' },
    })
  })

  it('give way to those of WATCHWORD_*', async () => {
    const own = declared({ plan: { value: 'own' } })
    expect(await claimsOf({ ...own, AUTH_JWT_CUSTOM_CLAIMS: '{"plan":"metadata.plan"}' })).toEqual({
      plan: { value: 'own' },
    })
  })

  it.each([
    ['{"plan":', 'AUTH_JWT_CUSTOM_CLAIMS', 'must be claims by name'],
    ['["metadata.plan"]', 'AUTH_JWT_CUSTOM_CLAIMS', 'must be claims by name'],
    ['{"plan":7}', 'AUTH_JWT_CUSTOM_CLAIMS', 'must be claims by name'],
    ['{"project":"profile.contributesTo[].project.id"}', 'AUTH_JWT_CUSTOM_CLAIMS', 'hooks.customAccessToken'],
  ])('%s is told as it was written', async (text, name, words) => {
    const [setting, problem] = (await problemOf({ AUTH_JWT_CUSTOM_CLAIMS: text })) ?? []
    expect([setting, problem]).toEqual([name, expect.stringContaining(words)])
  })

  it('have defaults that are told as they were written', async () => {
    const env = { AUTH_JWT_CUSTOM_CLAIMS: '{"a":"id"}', AUTH_JWT_CUSTOM_CLAIMS_DEFAULTS: 'nonsense' }
    expect((await problemOf(env))?.[0]).toBe('AUTH_JWT_CUSTOM_CLAIMS_DEFAULTS')
  })
})
