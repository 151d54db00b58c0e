import { describe, expect, it } from 'vitest'
import { longestUserText } from './clean-text.ts'
import type { RenderValues } from './message-values.ts'
import { compileTemplate, type TemplateKind } from './template.ts'

const values: RenderValues = {
  link: 'https://id.example.test/v1/links?token=wwl_abc&next=1',
  code: '012345',
  tokenHash: 'pkce_9f8e',
  email: 'jo@example.test',
  newEmail: 'new@example.test',
  to: 'new@example.test',
  displayName: 'Jo',
  redirectTo: 'https://app.example.test/in?a=b c"d',
  siteUrl: 'https://app.example.test',
  serverUrl: 'https://id.example.test',
  appName: 'Acme.io & Co',
  locale: 'en',
  data: { first_name: 'Jo', nested: { city: 'Köln' }, age: 7, list: ['x'] },
}

const fill = (source: string, kind: TemplateKind = 'text', more: RenderValues = {}) =>
  compileTemplate(source, kind)({ ...values, ...more })

describe('placeholders', () => {
  it.each([
    ['{{ .ConfirmationURL }}', values.link],
    ['{{.Token}}', '012345'],
    ['{{ .TokenHash }}', 'pkce_9f8e'],
    ['{{ .SiteURL }}', values.siteUrl],
    ['{{ .Email }} {{ .NewEmail }} {{ .SendingTo }}', 'jo@example.test new@example.test new@example.test'],
    ['{{ .Data.first_name }} {{ .Data.nested.city }} {{ .Data.age }}', 'Jo Köln 7'],
    [
      `\${link} \${email} \${newEmail} \${displayName} \${locale}`,
      `${values.link} jo@example.test new@example.test Jo en`,
    ],
    [`\${ticket} \${serverUrl} \${clientUrl}`, 'pkce_9f8e https://id.example.test https://app.example.test'],
    ['{{token.confirmationURL}} {{ token.code }}', `${values.link} 012345`],
    ['{{token.email}} {{user.email}} {{user.name}} {{user.age}}', 'new@example.test jo@example.test Jo 7'],
    ['{{ link }} {{code}} {{ displayName }}', `${values.link} 012345 Jo`],
    ['a {{- .Token -}} b', 'a012345b'],
  ])('understands %s', (source, expected) => {
    expect(fill(source)).toBe(expected)
  })

  it.each([
    '{{ nobody }}',
    `\${nobody}`,
    '{{ .Data.nobody }}',
    '{{ .Data }}',
    '{{ .Data.list }}',
    '{{ .Data.list.0 }}',
    '{{ user.constructor }}',
    '{{ data.__proto__ }}',
    '{{ data.nested.toString }}',
    '{{ constructor }}',
    '{{ __proto__ }}',
    `{{constructor.constructor('return 1')()}}`,
    `\${7*7}`,
    '{{ .Email | html }}',
    '{{! a note }}',
    '{{/* a note */}}',
  ])('shows nothing for %s', (source) => {
    expect(fill(source)).toBe('')
  })

  it('leaves other braces alone', () => {
    const source = '@media x { .a { color: red } }} { {code} } $ {x} {{'
    expect(fill(source)).toBe(source)
  })
})

describe('sections', () => {
  it('shows a section where its value is there, and the other half where it is not', () => {
    const source =
      '{{#link}}L{{/link}}{{^link}}no{{/link}}{{ if .Data.nobody }}A{{ else }}B{{ end }}{{ if not .Token }}C{{end}}'
    expect(fill(source)).toBe('LB')
    expect(fill(source, 'text', { link: '' })).toBe('noB')
  })

  it.each([
    '{{#link}}',
    '{{/link}}',
    '{{#link}}{{/code}}',
    '{{ end }}',
    '{{ else }}',
    '{{ if eq .Data.a "b" }}x{{ end }}',
    '{{ range .Data.list }}',
  ])('refuses %s when it is compiled', (source) => {
    expect(() => compileTemplate(source, 'html')).toThrow(expect.objectContaining({ code: 'validation_failed' }))
  })
})

describe('what a person wrote', () => {
  const attacks = [
    '<a href=//evil.test>x</a>',
    'Win $$$ https://evil.test',
    'see www.evil.test/now',
    'evil。test evil．test',
    'mail me@evil.test',
    "{{constructor.constructor('alert(1)')()}}",
    `\${7*7}`,
    'a\r\nBcc: x@y.test',
    '"><img src=x onerror=alert(1)>',
    '\u202Egnp.exe\u2066',
    '{{ code }}',
    `\${link}`,
  ]

  it.each(attacks)('is inert in every kind of template: %j', (displayName) => {
    for (const kind of ['html', 'text', 'subject'] as const) {
      const shown = fill('{{ displayName }}', kind, { displayName })
      expect(shown).not.toMatch(/[\r\n\u202a-\u202e\u2066-\u2069]/)
      if (kind === 'html') expect(shown).not.toMatch(/[<>"']/)
      expect(shown).not.toMatch(/:\/\/|www\.\S|\w[.。．]\w|\w@\w/)
      expect(shown).not.toContain('49')
      expect(shown).not.toContain('012345')
      expect(Array.from(shown.replace(/&[#\w]+;/g, 'x')).length).toBeLessThanOrEqual(longestUserText)
    }
  })

  it('is shown as it was written where nothing in it is dangerous', () => {
    expect(fill('{{ displayName }}', 'html', { displayName: 'Zoë O’Neill 山田 👩🏽‍🚀' })).toBe(
      'Zoë O’Neill 山田 👩🏽‍🚀',
    )
    expect(fill('{{ displayName }}', 'html', { displayName: "O'Neill & <b>" })).toBe('O&#39;Neill &amp; &lt;b&gt;')
  })

  it('is not read as template again', () => {
    const source = '{{ displayName }} {{ .Data.first_name }}'
    expect(fill(source, 'text', { displayName: '{{ .Data.first_name }}' })).toContain('{{ . Data. first_name }} Jo')
  })

  it('keeps a name that is the own address readable', () => {
    expect(fill('{{ displayName }}', 'html', { displayName: 'jo@example.test' })).toBe('jo@example.test')
    expect(fill('{{ email }}', 'text', { email: 'https://evil.test/x@y.test' })).not.toContain('://')
  })

  it('never names the place a link leads to', () => {
    const evil = { data: { a: 'https://evil.test', b: '.evil.test', c: 'x&y=1 "' } }
    expect(fill('<a href="{{ .Data.a }}">', 'html', evil)).toBe('<a href="">')
    expect(fill('<a href="{{ .SiteURL }}{{ .Data.b }}">', 'html', evil)).toBe('<a href="https://app.example.test">')
    expect(fill('<a href=https://x.test/?q={{ .Data.c }}>', 'html', evil)).toBe(
      '<a href=https://x.test/?q=x%26y%3D1%20%22>',
    )
  })
})

describe('places in html', () => {
  it('builds links the documented Supabase way', () => {
    const source = '<a href="{{ .SiteURL }}/auth/confirm?token_hash={{ .TokenHash }}&next={{ .RedirectTo }}">ok</a>'
    expect(fill(source, 'html')).toBe(
      '<a href="https://app.example.test/auth/confirm?token_hash=pkce_9f8e&next=https%3A%2F%2Fapp.example.test%2Fin%3Fa%3Db%2520c%2522d">ok</a>',
    )
  })

  it('escapes our link for the attribute and for the text', () => {
    const escaped = 'https://id.example.test/v1/links?token=wwl_abc&amp;next=1'
    expect(fill('<a href="{{ link }}">{{ link }}</a>', 'html')).toBe(`<a href="${escaped}">${escaped}</a>`)
  })

  it.each([
    'javascript:alert(1)',
    'JAVASCRIPT://x/%0aalert(1)',
    'data:text/html,x',
    'https:evil',
    '//evil.test',
    ' https://x.test',
  ])('lets %s begin no link', (link) => expect(fill('<a href="{{ link }}">', 'html', { link })).toBe('<a href="">'))

  it('lets an app’s own scheme begin a link', () => {
    expect(fill('<a href="{{ .RedirectTo }}?c={{ .TokenHash }}">', 'html', { redirectTo: 'myapp://in' })).toBe(
      '<a href="myapp://in?c=pkce_9f8e">',
    )
  })

  it.each([
    '<script>var a = "{{ code }}"</script>',
    '<style>.a { content: "{{ code }}" }</style>',
    '<!-- {{ code }} -->',
    '<a onclick="{{ code }}">',
    '<p style="color: {{ code }}">',
    '<p {{ code }}>',
    '<{{ code }}>',
    '<img srcset="{{ link }}">',
  ])('writes nothing into %s', (source) => {
    expect(fill(source, 'html')).toBe(source.replace(/\{\{.*?\}\}/g, ''))
  })

  it('finds its way back after scripts, comments and conditional comments', () => {
    const source = `<script>"</p>" < 1</script><!-- <a href=" --><!--[if mso]><a href="{{ link }}"><![endif]--><!--[if !mso]><!--><b title='{{ code }}'>{{ code }}</b><!--<![endif]-->`
    expect(fill(source, 'html')).toContain(`<b title='012345'>012345</b>`)
    expect(fill(source, 'html')).toContain('<a href="https://id.example.test/')
  })

  it('keeps a value inside an attribute without quotes', () => {
    expect(fill('<b title={{ displayName }} id=x>', 'html', { displayName: 'a onload=x' })).toBe(
      '<b title=a&#32;onload&#61;x id=x>',
    )
  })
})

describe('subjects', () => {
  it('are one line whatever stands in them', () => {
    expect(fill('a {{ displayName }}\r\nBcc: b', 'subject', { displayName: 'x\r\ny' })).toBe('a x y Bcc: b')
    expect(fill('x'.repeat(100_000), 'subject').length).toBeLessThanOrEqual(200)
  })
})

describe('cost', () => {
  // Quadratic work on these would run far beyond the time a test is given.
  it.each([
    '{',
    '{{',
    `\${`,
    '{{ a',
    '<',
    '<a ',
    '"',
    '}}',
    '<!--',
    '<a b=',
    ' ',
    '.',
    '<script>',
    '</script',
    '{{#a}}',
  ])('stays linear for a template of many %j', (piece) => {
    const source = piece.repeat(200_000)
    for (const kind of ['html', 'text', 'subject'] as const) {
      if (piece === '{{#a}}') expect(() => compileTemplate(source, kind)).toThrow()
      else compileTemplate(source, kind)(values)
    }
  })

  it.each(['a', '@', '(', ' ', '.', '\u202e', 'a.'])('stays small for a value of many %j', (piece) => {
    const displayName = piece.repeat(100_000)
    expect(fill('{{ displayName }}{{ email }}', 'html', { displayName, email: displayName }).length).toBeLessThan(800)
  })
})
