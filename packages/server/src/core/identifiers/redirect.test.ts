import { describe, expect, it } from 'vitest'
import { createRedirects } from './redirect.ts'
import { assertPattern } from './redirect-pattern.ts'

const siteUrl = 'https://site.test/home'
function listing(...patterns: string[]) {
  return createRedirects({ siteUrl, patterns, development: false })
}

describe('S69: a listed URL', () => {
  const redirects = listing('https://good.test/cb')

  it.each(['https://good.test/cb', 'HTTPS://GOOD.test/cb', 'https://good.test:443/cb', 'https://good.test/cb#top'])(
    '%s is reached',
    (url) => {
      expect(redirects.allows(url)).toEqual({ allowed: true, rule: 'https://good.test/cb', reason: 'listed' })
      expect(redirects.orSite(url)).toBe(url)
    },
  )

  const never: [unknown, string][] = [
    ['//evil.test', 'malformed'],
    ['https:evil.test', 'malformed'],
    ['https:/evil.test/cb', 'malformed'],
    ['https:///evil.test/cb', 'malformed'],
    ['https:\\\\evil.test', 'characters'],
    ['/cb', 'malformed'],
    ['', 'malformed'],
    ['https://good.test@evil.test', 'userinfo'],
    ['https://good.test:443@evil.test/cb', 'userinfo'],
    ['https://user:pass@good.test/cb', 'userinfo'],
    ['https://@good.test/cb', 'userinfo'],
    ['https://good.test.evil.test/cb', 'not_listed'],
    ['https://evilgood.test/cb', 'not_listed'],
    ['https://sub.good.test/cb', 'not_listed'],
    ['https://good.test./cb', 'host'],
    ['https://good.test\\@evil.test', 'characters'],
    ['https://good.test\\.evil.test/cb', 'characters'],
    ['https://good.test%2f@evil.test', 'userinfo'],
    ['https://good.test%2fevil.test/cb', 'malformed'],
    ['https://goo%64.test/cb', 'host'],
    ['javascript:alert(1)', 'scheme'],
    ['JaVaScRiPt://good.test/%0aalert(1)', 'scheme'],
    ['java\nscript:alert(1)', 'characters'],
    ['data:text/html,x', 'scheme'],
    ['vbscript:x', 'scheme'],
    ['file:///etc/passwd', 'scheme'],
    ['blob:https://good.test/cb', 'scheme'],
    ['about:blank', 'scheme'],
    ['https://good.test/../x', 'traversal'],
    ['https://good.test/cb/../../x', 'traversal'],
    ['https://good.test/..;/cb', 'traversal'],
    ['https://good.test/%2e%2e/cb', 'traversal'],
    ['https://good.test/.%2E%3b/cb', 'traversal'],
    ['https://good.test/x%2f..%2fcb', 'traversal'],
    ['https://good.test/cb%5c', 'traversal'],
    ['https://good.test/%252e%252e/cb', 'traversal'],
    ['https://good.test/cb%0d%0aSet-Cookie:x', 'traversal'],
    ['https://good.test/c\tb', 'characters'],
    ['https://good\n.test/cb', 'characters'],
    [' https://good.test/cb', 'characters'],
    ['https://good.test/cb ', 'characters'],
    ['https://good.test/cb\u0000', 'characters'],
    ['https://good\u200d.test/cb', 'malformed'],
    ['https://good.test/c\u202eb', 'characters'],
    ['https://good.test:8443/cb', 'not_listed'],
    ['http://good.test/cb', 'not_listed'],
    ['http://good.test:443/cb', 'not_listed'],
    ['https://good.test/CB', 'not_listed'],
    ['https://good.test/cb/', 'not_listed'],
    ['https://good.test/cb/more', 'not_listed'],
    ['https://good.test/cb?x=1', 'not_listed'],
    ['https://evil.test#@good.test/cb', 'not_listed'],
    ['https://evil.test?@good.test/cb', 'not_listed'],
    ['https://evil.test/https://good.test/cb', 'not_listed'],
    ['good.test:cb', 'not_listed'],
    [['https://good.test/cb'], 'malformed'],
    [{ toString: () => 'https://good.test/cb' }, 'malformed'],
    [null, 'malformed'],
    [`https://good.test/cb#${'a'.repeat(3000)}`, 'malformed'],
  ]
  it.each(never)('%j is not', (url, reason) => {
    expect(redirects.allows(url)).toEqual({ allowed: false, rule: null, reason })
    expect(redirects.orSite(url)).toBe(siteUrl)
  })

  it('is the site when none is named', () => {
    expect(redirects.orSite(undefined)).toBe(siteUrl)
  })
})

describe('S69: addresses', () => {
  it.each([
    'http://2130706433/cb',
    'http://0177.0.0.1/cb',
    'http://0x7f.1/cb',
    'http://127.1/cb',
    'http://１２７.0.0.1/cb',
  ])('%s is no way to write 127.0.0.1', (url) => {
    expect(listing('http://127.0.0.1/cb').allows(url).reason).toBe('host')
  })

  it('in IPv6 has one spelling, and is not its IPv4 fellow', () => {
    const redirects = listing('http://[::1]:3000/cb')
    expect(redirects.allows('http://[::1]:3000/cb').allowed).toBe(true)
    expect(redirects.allows('http://[0:0:0:0:0:0:0:1]:3000/cb').reason).toBe('host')
    expect(redirects.allows('http://[::ffff:127.0.0.1]:3000/cb').allowed).toBe(false)
    expect(redirects.allows('http://127.0.0.1:3000/cb').allowed).toBe(false)
  })

  it('are never what a wildcard stands for', () => {
    const redirects = createRedirects({ siteUrl, patterns: ['http://*.*.*.*/**', 'http://*/**'], development: true })
    expect(redirects.allows('http://10.0.0.1/x').allowed).toBe(false)
    expect(redirects.allows('http://[fe80::1]/x').allowed).toBe(false)
    expect(redirects.allows('http://a.b.c.d/x').allowed).toBe(true)
  })

  it('of the loopback may leave the port open, names may not', () => {
    const redirects = listing('http://127.0.0.1:*/cb', 'http://[::1]:*/cb')
    expect(redirects.allows('http://127.0.0.1:51234/cb').allowed).toBe(true)
    expect(redirects.allows('http://[::1]:51234/cb').allowed).toBe(true)
    expect(redirects.allows('http://127.0.0.1:51234/other').allowed).toBe(false)
    expect(redirects.allows('http://localhost:51234/cb').allowed).toBe(false)
    expect(listing('http://127.0.0.1/cb').allows('http://127.0.0.1:51234/cb').allowed).toBe(false)
    for (const pattern of ['http://localhost:*', 'https://good.test:*/cb', 'http://10.0.0.1:*']) {
      expect(() => assertPattern(pattern, { development: false })).toThrow(/port/)
    }
  })
})

describe('patterns', () => {
  const table: [string, string[], string[]][] = [
    [
      'https://*.good.test/**',
      ['https://a.good.test/', 'https://a.good.test/x/y.html?z=/..', 'https://A-1.good.test/x'],
      [
        'https://good.test/',
        'https://a.b.good.test/',
        'https://evil.test/.good.test/',
        'https://.good.test/',
        'https://agood.test/',
      ],
    ],
    [
      'https://app-*-team.host.test/cb',
      ['https://app-7f3-team.host.test/cb'],
      [
        'https://app-x.evil-team.host.test/cb',
        'https://app-x/evil-team.host.test/cb',
        'https://app-7f3-team.host.test/cb2',
      ],
    ],
    [
      'https://**--me.host.test',
      ['https://preview--me.host.test/', 'https://preview--me.host.test'],
      ['https://a.b--me.host.test/'],
    ],
    [
      'https://good.test/*/cb',
      ['https://good.test/en/cb'],
      ['https://good.test/en/x/cb', 'https://good.test/cb', 'https://good.test/e.n/cb'],
    ],
    [
      'https://good.test/cb**',
      ['https://good.test/cb?sb_flow_id=1', 'https://good.test/cb/a/b'],
      ['https://good.test/c'],
    ],
    [
      'https://good.test/cb?x=1',
      ['https://good.test/cb?x=1'],
      ['https://good.test/cb/x=1', 'https://good.test/cb?x=12'],
    ],
    [
      'https://good.test/v[0-9]/[!a]',
      ['https://good.test/v7/b'],
      ['https://good.test/vx/b', 'https://good.test/v7/a', 'https://good.test/v7//'],
    ],
    [
      '{https,http}://{a,b{1,2}}.good.test:{8080,443}/x',
      ['https://a.good.test:8080/x', 'http://b1.good.test:8080/x', 'https://b2.good.test/x'],
      ['https://b.good.test/x', 'https://a.good.test:81/x'],
    ],
    ['https://good.test/\\*', ['https://good.test/*'], ['https://good.test/a']],
    ['https://good.test/#/auth', ['https://good.test/#/auth', 'https://good.test/'], ['https://good.test/auth']],
    [
      'https://b\u00fccher.test/',
      ['https://xn--bcher-kva.test/', 'https://b\u00fccher.test/'],
      ['https://bucher.test/'],
    ],
    [
      'myapp://callback',
      ['myapp://callback', 'MyApp://callback#x'],
      ['myapp://callback.evil', 'myapp://callback/x', 'myapp2://callback', 'myapp:callback', 'myapp://x@callback'],
    ],
    ['myapp://**', ['myapp://anything/at/all?x=1', 'myapp://'], ['myapp:x', 'my://x', 'myapp://a@b']],
    [
      'com.example.app:/back',
      ['com.example.app:/back'],
      ['com.example.app://back', 'com.example.app:/back/x', 'com.example.app:/../back'],
    ],
  ]
  it.each(table)('%s', (pattern, yes, no) => {
    const redirects = listing(pattern)
    expect(yes.filter((url) => !redirects.allows(url).allowed)).toEqual([])
    expect(no.filter((url) => redirects.allows(url).allowed)).toEqual([])
  })

  it.each([
    '*',
    '**',
    'https://*',
    'https://**',
    'https://*/**',
    'https://*.test/**',
    'http{,s}://*',
    'https://good.*',
    'https://good.test*',
    'https://good.test**',
    'https://[a-z].test',
  ])('%s would match every host and is refused in production', (pattern) => {
    expect(() => assertPattern(pattern, { development: false })).toThrow(
      expect.objectContaining({ code: 'validation_failed' }),
    )
    expect(() => listing(pattern)).toThrow(expect.objectContaining({ code: 'validation_failed' }))
  })

  it.each([
    '',
    'good.test',
    '//good.test',
    '*://good.test',
    'http*://good.test',
    'https:good.test',
    'https://',
    'https:///x',
    'javascript:**',
    'data:**',
    'https://user@good.test',
    'https://good.test:x',
    'https://good.test:3000**',
    'https://a{b',
    'https://a}b.good.test',
    'https://good.test/[a',
    'https://good.test/\\',
    'https://good..test*',
    `https://good.test/${'x'.repeat(600)}`,
  ])('%j is refused everywhere', (pattern) => {
    expect(() => assertPattern(pattern, { development: true })).toThrow(
      expect.objectContaining({ code: 'validation_failed' }),
    )
  })

  it('S118: nested repeats cost the product of the lengths, alternatives are counted', () => {
    const redirects = listing(`https://good.test/${'**a'.repeat(100)}b`, `https://good.test/${'*[a-z]?'.repeat(60)}`)
    expect(redirects.allows(`https://good.test/${'a'.repeat(2000)}`).allowed).toBe(true)
    expect(redirects.allows(`https://good.test/${'a'.repeat(1990)}/c`).allowed).toBe(false)
    expect(() => listing(`https://good.test/${'{a,b}'.repeat(20)}`)).toThrow(/alternatives/)
    expect(() => listing(`https://good.test/${'{'.repeat(200)}`)).toThrow(/nests/)
  })
})

describe('the site', () => {
  it('is allowed with every path while the list says nothing about its origin', () => {
    const redirects = listing('https://good.test/cb')
    expect(redirects.allows('https://site.test/any?x=1')).toEqual({ allowed: true, rule: 'site', reason: 'site' })
    for (const url of [
      'http://site.test/',
      'https://site.test:444/',
      'https://a.site.test/',
      'https://site.test/../x',
    ]) {
      expect(redirects.allows(url).allowed).toBe(false)
    }
  })

  it('S69: is allowed with the listed paths alone once the list names some', () => {
    const redirects = listing('https://site.test/cb')
    expect(redirects.allows('https://site.test/cb').reason).toBe('listed')
    expect(redirects.allows('https://site.test/home').reason).toBe('site')
    expect(redirects.allows('https://site.test/CB').allowed).toBe(false)
  })

  it('may be an application', () => {
    const redirects = createRedirects({ siteUrl: 'myapp://auth', patterns: [], development: false })
    expect(redirects.allows('myapp://auth/done').allowed).toBe(true)
    expect(redirects.allows('myapp://auth.evil').allowed).toBe(false)
    expect(redirects.orSite('https://evil.test')).toBe('myapp://auth')
  })

  it('must be a URL of one meaning', () => {
    for (const wrong of ['', 'site.test', '/home', 'javascript:x', 'https://a@site.test']) {
      expect(() => createRedirects({ siteUrl: wrong, patterns: [], development: true })).toThrow(/siteUrl/)
    }
  })
})

describe('development', () => {
  const development = createRedirects({ siteUrl: 'http://localhost:8787', patterns: [], development: true })
  const local = [
    'http://localhost:3000',
    'http://localhost:5173/a?b',
    'http://127.0.0.1:9/',
    'http://[::1]:9/',
    'http://app.localhost:1/',
  ]

  it('allows every port of this machine, production none', () => {
    const production = createRedirects({ siteUrl: 'http://localhost:8787', patterns: [], development: false })
    for (const url of local) {
      expect(development.allows(url)).toEqual({ allowed: true, rule: 'development', reason: 'development' })
      expect(production.allows(url).allowed).toBe(false)
    }
  })

  it('allows no other machine', () => {
    for (const url of [
      'http://localhost.evil.test/',
      'http://evil.test/',
      'http://0.0.0.0:3000/',
      'http://127.0.0.1.evil.test/',
      'http://localhost@evil.test',
    ]) {
      expect(development.allows(url).allowed).toBe(false)
    }
  })
})

it('answers with text that fits into a header', () => {
  expect(listing('https://good.test/**').orSite('https://good.test/\u00fc#\u00e4')).toBe(
    'https://good.test/%C3%BC#%C3%A4',
  )
})

it('allows the origins of the site and of listed places', () => {
  const redirects = listing('https://*.good.test/cb', 'capacitor://localhost/**', 'http://127.0.0.1:*/cb')
  for (const origin of ['https://site.test', 'https://a.good.test', 'capacitor://localhost', 'http://127.0.0.1:5000']) {
    expect([origin, redirects.allowsOrigin(origin)]).toEqual([origin, true])
  }
  for (const origin of [
    'null',
    '',
    '*',
    'http://site.test',
    'https://site.test/',
    'https://site.test.evil.test',
    'https://good.test',
    'capacitor://evil',
    'capacitor://localhost/x',
    'http://localhost:5000',
  ]) {
    expect([origin, redirects.allowsOrigin(origin)]).toEqual([origin, false])
  }
})
