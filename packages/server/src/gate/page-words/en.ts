import type { PageWords } from './words.ts'

export const en: PageWords = {
  locale: 'en',
  link: {
    title: (app) => `Continue to ${app}`,
    lead: 'You opened a link that was sent to you. Press the button to go on.',
    go: 'Continue',
  },
  dead: {
    title: 'This link has expired',
    lead: 'It was used already, or it is too old. Please start again where you asked for it.',
  },
  toSite: (app) => `Go to ${app}`,
  connect: {
    title: (provider) => `Connect ${provider}?`,
    lead: (provider) => `From now on, your ${provider} account will sign in to the account`,
    guest: (provider) => `From now on, your ${provider} account will sign in to your guest account.`,
    notYours: 'If that is not yours, close this page.',
    go: 'Connect',
  },
  closing: { title: 'Signing in …', lead: 'You may close this window.', go: 'Continue' },
  refused: {
    nothing: ['There is nothing here', 'Please check the address, or go back to where you came from.'],
    often: ['Too many tries', 'Please wait a little, then try again.'],
    fault: ['Something went wrong', 'It was not your doing. Please try again in a little while.'],
    other: ['This did not work', 'Please go back and start again.'],
  },
}
