import { get, type Operation, post } from '../operation.ts'
import {
  counterPage,
  countersQuery,
  messageTemplatePage,
  preview,
  previewBody,
  redirectList,
  settingPage,
} from '../schemas/configuration.ts'
import { listCounters, listRedirects, listSettings, listTemplates, previewTemplate } from './configuration.ts'

const settings = 'admin:settings:write'

/** What this server was started with. It is changed where it stands, not here. */
export const configurationRoutes: readonly Operation[] = [
  get(
    '/admin/settings',
    {
      about: 'Every setting, where its value comes from and what it does. Of secrets only whether they are set.',
      who: settings,
      answer: settingPage,
    },
    listSettings,
  ),
  get(
    '/admin/redirects',
    { about: 'The places people may be sent to.', who: 'admin:audit:read', answer: redirectList },
    listRedirects,
  ),
  get(
    '/admin/templates',
    {
      about: 'The messages there are, in which languages, and whose words they are.',
      who: settings,
      answer: messageTemplatePage,
    },
    listTemplates,
  ),
  post(
    '/admin/templates/preview',
    {
      about: 'A message filled with made-up values. Nothing is sent.',
      who: settings,
      body: previewBody,
      answer: preview,
    },
    previewTemplate,
  ),
  get(
    '/admin/limits',
    {
      about:
        'How far the counters of a network or of a user are. A locked account is opened at `/admin/users/:id/lock`.',
      who: 'admin:audit:read',
      query: countersQuery,
      answer: counterPage,
    },
    listCounters,
  ),
]
