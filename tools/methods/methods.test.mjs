import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { altan } from './altan.mjs'
import { altogic } from './altogic.mjs'
import { nhost } from './nhost.mjs'
import { supabase } from './supabase.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const fromServer = createRequire(join(root, 'packages/server/package.json'))

const textOf = (folder) =>
  readdirSync(join(root, folder), { recursive: true })
    .filter((file) => /\.tsx?$/.test(file) && !file.includes('node_modules'))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'))
    .join('\n')

const given = new Set(Object.getOwnPropertyNames(Object.prototype))

/** The methods of an object that its users may call. */
function methodsOf(object, prefix = '') {
  const prototype = Object.getPrototypeOf(object)
  const names = new Set([...Object.keys(object), ...Object.getOwnPropertyNames(prototype ?? {})])
  return [...names]
    .filter((name) => !name.startsWith('_') && !given.has(name) && typeof object[name] === 'function')
    .map((name) => prefix + name)
}

/** What a package declares `private` or `protected` is nobody's to call. */
function hiddenIn(file) {
  const text = readFileSync(fromServer.resolve(file), 'utf8')
  return new Set([...text.matchAll(/^\s+(?:private|protected) (\w+)/gm)].map(([, name]) => name))
}

async function ofSupabase() {
  const { GoTrueClient } = await import(fromServer.resolve('@supabase/auth-js'))
  const auth = new GoTrueClient({ url: 'http://localhost', autoRefreshToken: false, persistSession: false })
  const hidden = hiddenIn('@supabase/auth-js/dist/main/GoTrueClient.d.ts')
  const { mfa, oauth, passkey, admin } = auth
  const groups = [
    [mfa, 'mfa.'],
    [mfa.webauthn, 'mfa.webauthn.'],
    [mfa.recoveryCodes, 'mfa.recoveryCodes.'],
    [oauth, 'oauth.'],
    [passkey, 'passkey.'],
    [admin, 'admin.'],
    ...['mfa', 'oauth', 'passkey', 'customProviders'].map((name) => [admin[name], `admin.${name}.`]),
  ]
  const inner = new Set(['fetch', 'logger', 'admin.fetch'])
  return [methodsOf(auth).filter((name) => !hidden.has(name)), ...groups.map(([one, prefix]) => methodsOf(one, prefix))]
    .flat()
    .filter((name) => !inner.has(name))
}

async function ofNhost() {
  const { createAPIClient } = await import(fromServer.resolve('@nhost/nhost-js/auth'))
  return methodsOf(createAPIClient('http://localhost'))
}

async function ofAltogic() {
  const { createClient } = await import(fromServer.resolve('altogic'))
  return methodsOf(createClient('http://localhost', 'key').auth)
}

const tests = { supabase: 'conformance/supabase', nhost: 'conformance/nhost', altogic: 'conformance/altogic' }
const clients = [
  ['supabase', supabase, ofSupabase],
  ['nhost', nhost, ofNhost],
  ['altogic', altogic, ofAltogic],
]

const namesOf = ({ rows }) => rows.map(([method]) => method)
const spokenBy = ({ rows }) => rows.filter(([, call]) => call !== null)
const lastOf = (method) => method.split('.').at(-1)

describe.each(clients)('the methods of %s', (name, table, found) => {
  it('are all in its table, and nothing else is', async () => {
    const known = namesOf(table)
    expect(new Set(known).size).toBe(known.length)
    expect(known.toSorted()).toEqual((await found()).toSorted())
  })

  it('are called by the tests that drive the official package', () => {
    const text = textOf(`packages/server/test/${tests[name]}`) + textOf('packages/server/test/journeys')
    const isCalled = (method) => new RegExp(`[.'"]${lastOf(method)}\\b`).test(text)
    expect(namesOf({ rows: spokenBy(table) }).filter((method) => !isCalled(method))).toEqual([])
  })

  it('land on routes that the dialect has', () => {
    const text = textOf(`packages/server/src/dialects/${name}`)
    const isThere = (call) => {
      const [path] = call.replace(/^[A-Z]+ /, '').split(/[?,]/)
      const pattern = path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, ':?\\w+|\\$\\{\\w+\\}')
      // A path may be joined from one that stands above it.
      const joined = `\\$\\{\\w+\\}/${pattern.split('/').at(-1)}`
      return new RegExp(`['"\`](?:${pattern}|${joined})['"\`/?]`).test(text)
    }
    const calls = spokenBy(table)
      .map(([, call]) => call)
      .filter((call) => call.includes('/'))
    expect(calls.filter((call) => !isThere(call))).toEqual([])
  })
})

describe('what altan-auth offers', () => {
  it('is offered by our package by the same names, and driven by its tests', () => {
    const offered = readFileSync(join(root, 'packages/react/src/index.ts'), 'utf8')
    const driven = textOf('packages/react/test')
    const parts = namesOf(altan).filter((name) => !name.includes('.'))
    expect(parts.filter((name) => !offered.includes(name))).toEqual([])
    expect(namesOf(altan).filter((name) => !driven.includes(lastOf(name)))).toEqual([])
  })
})

describe('what our SDK is said to have', () => {
  it('is there', () => {
    const text = textOf('packages/client/src')
    const sdk = [supabase, nhost, altogic, altan].flatMap(({ rows }) => rows.map(([, , said]) => said))
    const words = sdk.filter((said) => said !== '' && said !== 'always' && !said.includes('`'))
    const names = words.flatMap((said) => said.replace(/\(.*?\)/g, '').split(', ')).map((said) => lastOf(said))
    expect([...new Set(names)].filter((word) => !new RegExp(`\\b${word}\\b`).test(text))).toEqual([])
  })
})
