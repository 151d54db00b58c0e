/** What a solution is asked for: making accounts, signing in, sending messages, beginning what goes on elsewhere. */
export const captchaPlaces = ['sign_up', 'sign_in', 'send', 'start'] as const
export type CaptchaPlace = (typeof captchaPlaces)[number]
