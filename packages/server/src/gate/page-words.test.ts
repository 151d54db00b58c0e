import { describe, expect, it } from 'vitest'
import { builtInLocales } from '../core/notifications/templates/built-in.ts'
import { pageWords } from './page-words.ts'

const settings = { locales: { default: 'en', available: builtInLocales } }

describe('pageWords', () => {
  it.each(builtInLocales)('speaks %s, as the mails do', (locale) => {
    expect(pageWords(settings, locale).locale).toBe(locale)
  })

  it('takes a region’s language, and the default for one that it does not speak', () => {
    expect(pageWords(settings, 'de-AT').locale).toBe('de')
    expect(pageWords({ locales: { default: 'fr', available: ['fr', 'en'] } }, 'tlh').locale).toBe('fr')
    expect(pageWords(settings, undefined).locale).toBe('en')
  })

  it('speaks no language that was left out, and English where the default has no words here', () => {
    expect(pageWords({ locales: { default: 'en', available: ['en'] } }, 'de').locale).toBe('en')
    expect(pageWords({ locales: { default: 'nl', available: ['nl', 'de'] } }, 'nl').locale).toBe('en')
  })
})
