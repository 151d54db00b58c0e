import { changePassword, removePassword } from '../../../flows/account/change-password.ts'
import { removeOwnAccount } from '../../../flows/account/remove.ts'
import { updateProfile } from '../../../flows/account/update-profile.ts'
import { chosenLocale } from '../../../flows/steps/account-policy.ts'
import { callingUser, signedInKey } from '../../../gate/bearer.ts'
import { clearSessionCookies, isCookieMode } from '../cookie-mode.ts'
import { given } from '../input.ts'
import type { Call } from '../operation.ts'
import { presentUser } from '../present.ts'
import type { newPasswordBody, profileBody } from './bodies.ts'

/** GET /me */
export function readMe({ exchange }: Call) {
  return presentUser(callingUser(exchange).user)
}

/** PATCH /me */
export async function updateMe({ core, caller, exchange, body }: Call<typeof profileBody>) {
  const { displayName, avatarUrl, locale, metadata } = body
  const change = given({
    displayName: displayName === null ? '' : displayName,
    avatarUrl,
    locale: locale === undefined ? undefined : chosenLocale(core, locale),
    metadata,
  })
  const { user, session } = callingUser(exchange)
  const made = { userId: user.id, ...given({ sessionId: session?.id }), change }
  return presentUser(await updateProfile(core, caller, made))
}

/** DELETE /me */
export async function deleteMe({ core, caller, exchange }: Call) {
  await removeOwnAccount(core, caller, { ...exchange.need(signedInKey), proof: {} })
  if (isCookieMode(exchange)) clearSessionCookies(exchange)
}

/** PUT /me/password */
export async function setPassword({ core, caller, exchange, body }: Call<typeof newPasswordBody>) {
  const { password, currentPassword } = body
  const proof = { currentPassword }
  return presentUser(await changePassword(core, caller, { ...exchange.need(signedInKey), password, proof }))
}

/** DELETE /me/password */
export async function dropPassword({ core, caller, exchange }: Call) {
  return presentUser(await removePassword(core, caller, { ...exchange.need(signedInKey), proof: {} }))
}
