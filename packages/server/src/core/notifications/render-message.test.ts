import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolders } from '../../../test/world/folders.ts'
import { loadTemplates } from './load-templates.ts'
import type { MessageValues } from './message-values.ts'
import { pickLocale } from './pick-locale.ts'
import { maskEmail, renderMessage } from './render-message.ts'
import { builtInLocales } from './templates/built-in.ts'
import { actionNames, noticeNames, templateNames } from './templates/template-names.ts'

const link = 'https://id.example.test/v1/links?token=wwl_AbC-_9&redirect=1'
const values: MessageValues = {
  link,
  code: '012345',
  linkExpiresIn: 86_400,
  codeExpiresIn: 600,
  email: 'jo@example.test',
  newEmail: 'new@example.test',
  displayName: 'Jo',
  provider: 'google',
  factorType: 'totp',
  at: '2026-02-03T04:05:06.000Z',
  device: 'Firefox on Linux',
  ip: '203.0.113.9',
}

const templates = await loadTemplates({ appName: 'Acme', siteUrl: 'https://app.example.test' })

describe.each(builtInLocales)('built-in messages in %s', (locale) => {
  it.each(templateNames)('%s is complete and has no braces left', (template) => {
    const { subject, html, text } = renderMessage({ templates, template, locale, to: 'jo@example.test', values })
    for (const part of [subject, html, text]) expect(part).not.toMatch(/\{\{|\}\}|\$\{|undefined|\[object/)
    expect(text).toContain('Acme')
    if (template.startsWith('sms_')) return
    expect(subject).not.toBe('')
    expect(html).toContain(`<html lang="${locale}">`)
    expect(html).not.toMatch(/<(img|script|link|iframe|form)\b|url\(|@import/i)
  })

  it.each(actionNames)('%s carries link and code, in both bodies', (template) => {
    const { subject, html, text } = renderMessage({ templates, template, locale, values })
    expect(text.split('\n')).toContain(link)
    expect(text.split('\n')).toContain('012345')
    expect(html).toContain(`href="${link.replaceAll('&', '&amp;')}"`)
    expect(html).toContain('>012345<')
    expect(subject).not.toContain('012345')
  })

  it.each(actionNames)('%s says nothing of a link or of a code it does not have', (template) => {
    const { link: _link, ...onlyCode } = values
    const { code: _code, ...onlyLink } = values
    const withCode = renderMessage({ templates, template, locale, values: onlyCode })
    const withLink = renderMessage({ templates, template, locale, values: onlyLink })
    expect(withCode.html).not.toMatch(/href|class="button"/)
    expect(withCode.text).toContain('012345')
    expect(withLink.html).not.toContain('class="code"')
    expect(withLink.text).toContain(link)
  })

  it.each(noticeNames)('%s carries no secret even if it is given one', (template) => {
    const { html, text } = renderMessage({ templates, template, locale, values })
    expect(html + text).not.toMatch(/012345|wwl_/)
    expect(text).toContain('https://app.example.test')
  })

  it('sends a code in a short text', () => {
    const { subject, html, text } = renderMessage({ templates, template: 'sms_code', locale, values })
    expect([subject, html]).toEqual(['', ''])
    expect(text).toContain('012345')
    expect(text.length).toBeLessThan(100)
  })
})

describe('words for times', () => {
  it.each([
    ['en', '10 minutes', '24 hours', 'February 3, 2026'],
    ['de', '10 Minuten', '24 Stunden', '3. Februar 2026'],
    ['ja', '10 分', '24 時間', '2026年2月3日'],
  ])('come in %s', (locale, minutes, hours, date) => {
    const action = renderMessage({ templates, template: 'sign_up', locale, values })
    expect(action.text).toContain(minutes)
    expect(action.text).toContain(hours)
    expect(renderMessage({ templates, template: 'new_device', locale, values }).text).toContain(date)
  })

  it('hide most of an address that the old mailbox need not learn', () => {
    expect(maskEmail('jo@example.test')).toBe('j•••@example.test')
    const { text } = renderMessage({ templates, template: 'email_changed', values })
    expect(text).toContain('n•••@example.test')
    expect(text).not.toContain('new@example.test')
  })
})

describe('pickLocale', () => {
  const available = ['en', 'de', 'pt', 'zh-Hant-TW']
  it.each([
    ['de', 'de'],
    ['de-CH', 'de'],
    ['PT_br', 'pt'],
    ['zh', 'zh-Hant-TW'],
    ['zh-hant-tw', 'zh-Hant-TW'],
    ['nl', 'en'],
    ['', 'en'],
    ['*/../..', 'en'],
    [undefined, 'en'],
    ['d'.repeat(100_000), 'en'],
  ])('takes the nearest to %j', (wish, expected) => {
    expect(pickLocale(wish, available, 'en')).toBe(expected)
  })
})

describe('own templates', async () => {
  const folder = await temporaryFolders()()
  await mkdir(join(folder, 'bg', 'email-verify'), { recursive: true })
  await mkdir(join(folder, 'pt_BR', 'recovery'), { recursive: true })
  await mkdir(join(folder, 'notes'), { recursive: true })
  await writeFile(join(folder, 'bg', 'email-verify', 'subject.txt'), `Добре дошли, \${displayName}\n`)
  await writeFile(join(folder, 'bg', 'email-verify', 'body.html'), `<a href="\${link}">\${code}</a>`)
  await writeFile(join(folder, 'pt_BR', 'recovery', 'body.txt'), '{{ .ConfirmationURL }} {{ linkLifetime }}')

  it('are read from a folder under the names an upstream uses, part by part', async () => {
    const mine = await loadTemplates({ folder })
    const message = renderMessage({ templates: mine, template: 'sign_up', locale: 'bg-BG', values })
    expect(message.subject).toBe('Добре дошли, Jo')
    expect(message.html).toBe(`<a href="${link.replace('&', '&amp;')}">012345</a>`)
    expect(message.text).toContain(link)
    expect(renderMessage({ templates: mine, template: 'recovery', locale: 'pt-BR', values }).text).toContain('24 horas')
    expect(renderMessage({ templates: mine, template: 'invite', locale: 'bg', values }).subject).toContain('invited')
  })

  it('from the settings beat those of the folder', async () => {
    const overrides = { bg: { confirmation: { subject: 'Mine {{ .Token }}' } } }
    const mine = await loadTemplates({ folder, overrides })
    const message = renderMessage({ templates: mine, template: 'sign_up', locale: 'bg', values })
    expect(message.subject).toBe('Mine 012345')
    expect(message.html).toContain('<a href')
  })

  it.each([
    [{ en: { recovery: { html: '{{ range .Data }}' } } }, 'templates.en.recovery.html'],
    [{ en: { nothing: { html: '' } } }, 'templates.en.nothing'],
    [{ '../en': { recovery: { html: '' } } }, 'language tag'],
  ])('with a mistake stop the start and are named', async (overrides, named) => {
    await expect(loadTemplates({ overrides })).rejects.toThrow(named)
  })
})
