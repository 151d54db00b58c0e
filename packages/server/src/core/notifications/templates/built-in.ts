import { layOut, type TemplateSource } from './layout.ts'
import { de } from './locales/de.ts'
import { en } from './locales/en.ts'
import { es } from './locales/es.ts'
import { fr } from './locales/fr.ts'
import { ja } from './locales/ja.ts'
import { pt } from './locales/pt.ts'
import type { Sentences } from './sentences.ts'
import type { TemplateName } from './template-names.ts'

const languages: ReadonlyMap<string, Sentences> = new Map([en, de, fr, es, pt, ja].map((one) => [one.locale, one]))

/** The languages the built-in messages come in. */
export const builtInLocales: readonly string[] = [...languages.keys()]

/** The built-in message in one of {@link builtInLocales}; undefined for any other language. */
export function builtInTemplate(locale: string, name: TemplateName): TemplateSource | undefined {
  const sentences = languages.get(locale)
  return sentences === undefined ? undefined : layOut(name, sentences)
}
