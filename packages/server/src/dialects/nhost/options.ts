import type { z } from 'zod'
import type { Refusal } from '../../base/errors.ts'
import type { Return } from '../../flows/attempt/send.ts'
import type { NewAccount } from '../../flows/steps/create-account.ts'
import { awaitingApproval, holdsNewcomers } from '../../flows/steps/hold-newcomer.ts'
import type { Nhost } from './dialect.ts'
import type { signUpOptions } from './parse.ts'
import { refusal } from './refuse.ts'

type SignUpOptions = z.output<typeof signUpOptions>

/** Whether anybody may sign up at all. @throws Refusal `signup-disabled` */
export function refuseSignUpOff({ core }: Pick<Nhost, 'core'>): void {
  if (!core.settings.signUp.enabled) throw refusal('signup-disabled')
}

/** Where new accounts wait for an administrator, whoever signs up is told so, a taken address included. @throws Refusal `user_banned` */
export function refuseWhereHeld({ core }: Pick<Nhost, 'core'>): void {
  if (holdsNewcomers(core)) throw awaitingApproval()
}

/** Whether somebody was refused because signing in makes no accounts here, while signing up does. */
export function isNobody({ core }: Pick<Nhost, 'core'>, { code }: Refusal): boolean {
  return code === 'signup_disabled' && core.settings.signUp.enabled
}

/** Where a mail leads back to, and the challenge it is bound to. @throws Refusal `redirectTo-not-allowed` */
export function backOf(
  { core }: Pick<Nhost, 'core'>,
  asked: { readonly redirectTo?: string | undefined } | undefined,
  codeChallenge?: string | undefined,
): Return {
  return { redirectTo: placeOf({ core }, asked?.redirectTo), codeChallenge }
}

/** A place that people may be sent to, or the site. @throws Refusal `redirectTo-not-allowed` */
export function placeOf({ core }: Pick<Nhost, 'core'>, asked: string | undefined): string {
  if (asked === undefined) return core.settings.siteUrl
  if (!core.redirects.allows(asked).allowed) throw refusal('redirectTo-not-allowed')
  return core.redirects.orSite(asked)
}

/**
 * What somebody says about themselves at sign-up.
 * @throws Refusal `role-not-allowed`, `default-role-must-be-in-allowed-roles`
 */
export function aboutOf({ core }: Pick<Nhost, 'core'>, options: SignUpOptions | undefined): NewAccount {
  const { displayName, locale, metadata } = options ?? {}
  return { ...rolesOf({ core }, options), displayName, locale, metadata }
}

function rolesOf({ core }: Pick<Nhost, 'core'>, options: SignUpOptions | undefined): NewAccount {
  const { default: standard, allowed, selectable } = core.settings.roles
  const configured = [...new Set([standard, ...allowed])]
  const asked = options?.allowedRoles === undefined ? configured : [...new Set(options.allowedRoles)]
  if (asked.some((role) => !configured.includes(role) && !selectable.includes(role))) throw refusal('role-not-allowed')
  const defaultRole = options?.defaultRole ?? standard
  if (!asked.includes(defaultRole)) throw refusal('default-role-must-be-in-allowed-roles')
  return options?.allowedRoles === undefined && options?.defaultRole === undefined ? {} : { roles: asked, defaultRole }
}
