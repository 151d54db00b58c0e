import { isIP } from 'node:net'
import { z } from 'zod'
import { templateNames } from '../../../core/notifications/templates/template-names.ts'
import { named, pageOf } from './named.ts'

/** One setting with its value. */
export const setting = named(
  'Setting',
  z.strictObject({
    name: z.string().meta({ examples: ['sessions.idle'] }),
    variable: z.string().meta({ examples: ['WATCHWORD_SESSIONS_IDLE'] }),
    value: z.unknown().meta({ description: 'null where nothing is set. Of a secret only that it is set.' }),
    default: z.unknown().meta({ description: 'null where there is none, or where it follows from other settings.' }),
    source: z.enum(['default', 'generated', 'file', 'environment', 'flag']),
    secret: z.boolean(),
    description: z.string(),
  }),
)
export const settingPage = pageOf('SettingPage', setting)

/** The places people may be sent to. */
export const redirectList = named(
  'RedirectList',
  z.strictObject({
    siteUrl: z.string().meta({ description: 'Where people go when no other place is named or allowed.' }),
    urls: z.array(z.string()).meta({ description: 'Patterns.' }),
  }),
)

const templateName = z.enum(templateNames as [(typeof templateNames)[number]], {
  error: 'must be the name of a message, as /admin/templates lists them',
})
const locale = () => z.string().min(1).max(35)

export const messageTemplate = named(
  'MessageTemplate',
  z.strictObject({
    name: templateName,
    locale: locale(),
    own: z.boolean().meta({ description: 'Written by the operator, at least in part.' }),
  }),
)
export const messageTemplatePage = pageOf('MessageTemplatePage', messageTemplate)
export const previewBody = named(
  'PreviewMessage',
  z.strictObject({ template: templateName, locale: locale().optional() }),
)
export const preview = named(
  'MessagePreview',
  z.strictObject({
    locale: locale().meta({ description: 'The nearest there is.' }),
    subject: z.string(),
    html: z.string().meta({ description: 'Empty for a text to a telephone, as the subject is.' }),
    text: z.string(),
  }),
)

export const counter = named(
  'Counter',
  z.strictObject({
    counter: z.string().meta({ examples: ['passwords', 'requests:signUp'] }),
    limit: z.int(),
    remaining: z.int(),
    resetIn: z.int().meta({ description: 'Seconds until it begins anew.' }),
    over: z.boolean(),
  }),
)
export const counterPage = pageOf('CounterPage', counter)
export const countersQuery = z.strictObject({
  network: z
    .string()
    .max(64)
    .refine((text) => isIP(text.replace(/\/64$/, '')) > 0, 'must be an IP address')
    .optional()
    .meta({ description: 'An address; those of IPv6 are counted by their /64.' }),
  userId: z.guid().optional(),
})
