import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { invalid, Refusal } from '../../base/errors.ts'
import { isLocale, pickLocale } from './pick-locale.ts'
import { type CompiledTemplate, compileTemplate, type TemplateKind } from './template.ts'
import { builtInLocales, builtInTemplate } from './templates/built-in.ts'
import type { TemplateSource } from './templates/layout.ts'
import { type TemplateName, templateNameOf } from './templates/template-names.ts'

/** Where templates come from and what all of them may mention. */
export interface TemplateOptions {
  /** A folder of own templates: `<locale>/<name>/subject.txt`, `body.html`, `body.txt`, each of them optional. */
  readonly folder?: string
  /** Own templates from the settings, which beat those of the folder: locale, then name, then part. */
  readonly overrides?: Readonly<Record<string, Readonly<Record<string, Partial<TemplateSource>>>>>
  /** The language of people who wished for none we have. Default `en`. */
  readonly fallbackLocale?: string
  /** What the service is called in messages. Default `Watchword`. */
  readonly appName?: string
  readonly siteUrl?: string
  readonly serverUrl?: string
}

/** One message made ready to be filled. */
export interface CompiledMessage {
  readonly subject: CompiledTemplate
  readonly html: CompiledTemplate
  readonly text: CompiledTemplate
}

/** All templates of a deployment, with the values every message may mention. */
export interface Templates {
  readonly locales: readonly string[]
  readonly defaults: { readonly appName: string; readonly siteUrl?: string; readonly serverUrl?: string }
  /** The language a wish ends up in. */
  localeFor(requested: string | undefined): string
  message(name: TemplateName, locale: string): CompiledMessage
  /** Whether an operator has written a part of it. */
  isOwn(name: TemplateName, locale: string): boolean
}

type Own = Map<string, Partial<TemplateSource>>

/**
 * The built-in messages, with an operator's own in place of theirs, part by part. Names may be those of Supabase, Nhost or
 * Altogic too. Own templates are compiled here, so that a mistake shows at the start.
 * @throws Refusal `validation_failed` naming the template that has a mistake.
 */
export async function loadTemplates(options: TemplateOptions = {}): Promise<Templates> {
  const { folder, overrides = {}, fallbackLocale = 'en', appName = 'Watchword', siteUrl, serverUrl } = options
  const own: Own = new Map()
  if (folder !== undefined) await readFolder(folder, own)
  for (const [locale, messages] of Object.entries(overrides)) {
    for (const [name, parts] of Object.entries(messages)) put(own, locale, name, parts)
  }
  const locales = [...new Set([...builtInLocales, ...[...own.keys()].map((key) => key.split('/')[0] ?? '')])]
  const fallback = pickLocale(fallbackLocale, locales, 'en')
  const compiled = new Map<string, CompiledMessage>()
  const message = (name: TemplateName, locale: string): CompiledMessage => {
    const key = keyOf(locale, name)
    const known = compiled.get(key) ?? compile(key, { ...builtIn(name, locale, fallback), ...own.get(key) })
    compiled.set(key, known)
    return known
  }
  for (const key of own.keys()) {
    const [locale = '', name = ''] = key.split('/')
    message(name as TemplateName, locale)
  }
  return {
    locales,
    defaults: {
      appName,
      ...(siteUrl === undefined ? {} : { siteUrl }),
      ...(serverUrl === undefined ? {} : { serverUrl }),
    },
    localeFor: (requested) => pickLocale(requested, locales, fallback),
    message,
    isOwn: (name, locale) => own.has(keyOf(locale, name)),
  }
}

function keyOf(locale: string, name: TemplateName): string {
  return `${locale}/${name}`
}

/** The parts an operator has not written come in the nearest language we have. */
function builtIn(name: TemplateName, locale: string, fallback: string): TemplateSource {
  const nearest = pickLocale(locale, builtInLocales, pickLocale(fallback, builtInLocales, 'en'))
  return builtInTemplate(nearest, name) ?? { subject: '', html: '', text: '' }
}

function compile(key: string, source: TemplateSource): CompiledMessage {
  return {
    subject: compilePart(key, 'subject', source.subject),
    html: compilePart(key, 'html', source.html),
    text: compilePart(key, 'text', source.text),
  }
}

function compilePart(key: string, kind: TemplateKind, source: string): CompiledTemplate {
  try {
    return compileTemplate(source, kind)
  } catch (error) {
    if (error instanceof Refusal) throw invalid(`templates.${key.replace('/', '.')}.${kind}`, error.message)
    throw error
  }
}

function put(own: Own, locale: string, name: string, parts: Partial<TemplateSource>): void {
  const template = templateNameOf(name)
  if (!isLocale(locale)) throw invalid(`templates.${locale}`, 'is not a language tag')
  if (template === undefined) throw invalid(`templates.${locale}.${name}`, 'is not a message this server sends')
  const key = keyOf(locale, template)
  own.set(key, { ...own.get(key), ...parts })
}

const files = [
  ['subject', 'subject.txt'],
  ['html', 'body.html'],
  ['text', 'body.txt'],
] as const

const longestFile = 512 * 1024

async function readFolder(folder: string, own: Own): Promise<void> {
  for (const locale of await foldersIn(folder)) {
    if (!isLocale(locale)) continue
    for (const name of await foldersIn(join(folder, locale))) {
      if (templateNameOf(name) === undefined) continue
      for (const [part, file] of files) {
        const text = await readPart(join(folder, locale, name, file))
        if (text !== undefined) put(own, locale, name, { [part]: part === 'subject' ? text.trim() : text })
      }
    }
  }
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name)
}

async function readPart(file: string): Promise<string | undefined> {
  const found = await stat(file).catch(() => undefined)
  if (found === undefined) return undefined
  if (found.size > longestFile) throw invalid('templates', `${file} is larger than ${longestFile} bytes`)
  return readFile(file, 'utf8')
}
