import { pickLocale } from '../core/notifications/pick-locale.ts'
import type { Settings } from '../core/settings/settings.ts'
import { de } from './page-words/de.ts'
import { en } from './page-words/en.ts'
import { es } from './page-words/es.ts'
import { fr } from './page-words/fr.ts'
import { ja } from './page-words/ja.ts'
import { pt } from './page-words/pt.ts'
import type { PageWords } from './page-words/words.ts'

const languages: ReadonlyMap<string, PageWords> = new Map([en, de, fr, es, pt, ja].map((one) => [one.locale, one]))

/** What pages say to this browser: its language where mails are written in it too, else the default one, else English. */
export function pageWords({ locales }: Pick<Settings, 'locales'>, asked: string | undefined): PageWords {
  const spoken = [...languages.keys()].filter((locale) => locales.available.includes(locale))
  return languages.get(pickLocale(asked, spoken, locales.default)) ?? en
}
