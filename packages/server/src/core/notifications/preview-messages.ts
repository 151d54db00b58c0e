import type { Runtime } from '../../base/runtime.ts'
import type { Templates } from './load-templates.ts'
import type { MessageValues } from './message-values.ts'
import { type RenderedMessage, renderMessage } from './render-message.ts'
import { type TemplateName, templateNames } from './templates/template-names.ts'

/** The messages a deployment sends, for those who look after them. */
export interface MessagePreviews {
  /** Each message in each language. */
  list(): readonly { readonly name: TemplateName; readonly locale: string; readonly own: boolean }[]
  /** One of them filled with made-up values. @param locale default: the deployment's */
  preview(name: TemplateName, locale: string | undefined): RenderedMessage & { readonly locale: string }
}

/** Nobody's: reserved names and numbers (RFC 2606), and a link that leads nowhere. */
const sample: MessageValues = {
  code: '123456',
  tokenHash: 'sample',
  linkExpiresIn: 600,
  codeExpiresIn: 600,
  email: 'ada@example.com',
  newEmail: 'ada.lovelace@example.com',
  oldEmail: 'ada@example.com',
  phone: '+12025550100',
  newPhone: '+15550101',
  oldPhone: '+12025550100',
  displayName: 'Ada',
  provider: 'google',
  factorType: 'totp',
  device: 'Firefox on Linux',
  ip: '192.0.2.1',
}

/** @param runtime whose clock says when what is told happened */
export function previewMessages(templates: Templates, runtime: Pick<Runtime, 'now'>): MessagePreviews {
  return {
    list: () =>
      templates.locales.flatMap((locale) =>
        templateNames.map((name) => ({ name, locale, own: templates.isOwn(name, locale) })),
      ),
    preview(name, locale) {
      const link = `${templates.defaults.siteUrl ?? 'https://example.com'}/sample`
      const values = { ...sample, link, redirectTo: link, at: runtime.now().toISOString() }
      const rendered = renderMessage({ templates, template: name, locale, to: 'ada@example.com', values })
      return { locale: templates.localeFor(locale), ...rendered }
    },
  }
}
