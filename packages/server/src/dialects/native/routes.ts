import { adminRoutes } from './admin/routes.ts'
import { attemptRoutes } from './attempts/routes.ts'
import { gettingInRoutes } from './getting-in/routes.ts'
import { ssoRoutes } from './getting-in/sso-routes.ts'
import { meRoutes } from './me/routes.ts'
import { oauthRoutes } from './oauth/routes.ts'
import type { Operation } from './operation.ts'
import { inboxRoutes, serviceRoutes } from './service/routes.ts'
import { sessionRoutes } from './sessions/routes.ts'

/** A part of the route table under one headline. */
export interface Section {
  readonly title: string
  readonly about: string
  readonly operations: readonly Operation[]
}

/** Every route of this dialect. The router, the OpenAPI document, the pages and the tests read this table. */
export const sections: readonly Section[] = [
  {
    title: 'Getting in',
    about: 'Each answers with an outcome: finished, or an attempt that waits for its next step.',
    operations: [...gettingInRoutes, ...ssoRoutes],
  },
  {
    title: 'Attempts',
    about: 'Whatever is begun and not finished is continued here. Show the step, send the answer.',
    operations: attemptRoutes,
  },
  { title: 'Sessions', about: 'Coming back from a link, renewing, leaving.', operations: sessionRoutes },
  { title: 'Me', about: 'The account of whoever is signed in.', operations: meRoutes },
  {
    title: 'Other applications',
    about: 'What applications that let people sign in here ask them for. A page of yours shows it and says yes or no.',
    operations: oauthRoutes,
  },
  {
    title: 'Administration',
    about: 'With a secret key, from a server. Every change is written down with its actor.',
    operations: adminRoutes,
  },
  { title: 'Service', about: 'What this server offers, and this document.', operations: serviceRoutes },
]

/** What development adds. */
export const developmentSection: Section = {
  title: 'Development',
  about: 'In development alone; anywhere else there is nothing here.',
  operations: inboxRoutes,
}
