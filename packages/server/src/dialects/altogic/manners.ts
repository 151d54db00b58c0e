import type { Purpose } from '../../core/tickets/ticket.ts'
import type { Manners } from '../../flows/caller.ts'

/** What a mailed link says it is for; the mobile clients know these and no other. */
export type Action = 'email-confirm' | 'magic-link' | 'reset-pwd' | 'change-email'

const actions: Readonly<Partial<Record<Purpose, Action>>> = {
  sign_up: 'email-confirm',
  invite: 'email-confirm',
  sign_in: 'magic-link',
  recovery: 'reset-pwd',
  email_change: 'change-email',
  email_change_current: 'change-email',
}

/** What tickets a link of each action may stand for. */
export const purposesOf: Readonly<Record<Action, readonly Purpose[]>> = {
  'email-confirm': ['sign_up', 'invite'],
  'magic-link': ['sign_in'],
  'reset-pwd': ['recovery'],
  'change-email': ['email_change', 'email_change_current'],
}

export function isAction(text: string): text is Action {
  return Object.hasOwn(purposesOf, text)
}

/** How this dialect's mails look. @param url public address of its routes */
export function altogicManners(url: string): Manners {
  return {
    name: 'altogic',
    mailLink: ({ token, purpose }) => `${url}/verify?key=${token}&action=${actions[purpose] ?? 'email-confirm'}`,
    tokenHash: ({ token }) => token,
    mails: 'link',
    // Its clients have no word for a second step.
    secondFactor: 'refuse',
  }
}
