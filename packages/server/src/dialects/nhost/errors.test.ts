import { describe, expect, it } from 'vitest'
import { concealed, type NhostError, wireOfName } from './errors.ts'

type Row = readonly [error: NhostError, status: number, message: string, tells?: 'tells']

// As the contract has them, word for word.
const catalogue: readonly Row[] = [
  ['cannot-send-sms', 400, 'Cannot send SMS, check your phone number is correct'],
  ['default-role-must-be-in-allowed-roles', 400, 'Default role must be in allowed roles'],
  ['disabled-endpoint', 409, 'This endpoint is disabled'],
  ['disabled-mfa-totp', 401, 'User does not have TOTP MFA enabled', 'tells'],
  ['disabled-user', 401, 'User is disabled', 'tells'],
  ['email-already-in-use', 409, 'Email already in use', 'tells'],
  ['user-already-exists', 409, 'User already exists', 'tells'],
  ['email-already-verified', 400, "User's email is already verified", 'tells'],
  ['forbidden-anonymous', 403, 'Forbidden, user is anonymous.', 'tells'],
  ['internal-server-error', 500, 'Internal server error'],
  ['invalid-email-password', 401, 'Incorrect email or password', 'tells'],
  ['invalid-otp', 400, 'Invalid or expired OTP', 'tells'],
  ['invalid-pat', 401, 'Invalid or expired personal access token', 'tells'],
  ['invalid-refresh-token', 401, 'Invalid or expired refresh token', 'tells'],
  ['invalid-request', 400, 'The request payload is incorrect'],
  ['invalid-state', 400, 'Invalid state'],
  ['invalid-ticket', 401, 'Invalid ticket', 'tells'],
  ['invalid-totp', 401, 'Invalid TOTP code', 'tells'],
  ['no-totp-secret', 400, 'User does not have a TOTP secret', 'tells'],
  ['oauth-profile-fetch-failed', 400, 'Failed to get user profile'],
  ['oauth-provider-error', 400, 'Provider returned an error'],
  ['oauth-token-echange-failed', 400, 'Failed to exchange token'],
  ['otp-too-many-attempts', 400, 'Too many incorrect attempts, please request a new OTP', 'tells'],
  ['password-in-hibp-database', 400, 'Password is in HIBP database'],
  ['password-too-short', 400, 'Password is too short'],
  ['provider-account-already-linked', 400, 'This provider account is already linked to a user'],
  ['redirectTo-not-allowed', 400, 'The value of "options.redirectTo" is not allowed.'],
  ['role-not-allowed', 400, 'Role not allowed', 'tells'],
  ['signup-disabled', 403, 'Sign up is disabled.', 'tells'],
  ['totp-already-active', 400, 'TOTP MFA is already active'],
  ['unverified-user', 401, 'User is not verified.', 'tells'],
  ['user-not-anonymous', 400, 'Logged in user is not anonymous'],
]

describe('the errors of the dialect', () => {
  it.each(catalogue.map(([error, status, message]) => ({ error, status, message })))(
    '$error is told word for word',
    (told) => {
      expect(wireOfName(told.error)).toEqual(told)
    },
  )

  it.each(catalogue.map(([error, , , tells]) => ({ error, tells })))(
    '$error is concealed where it says something of an account, and there alone',
    ({ error, tells }) => {
      expect(concealed(wireOfName(error)).error).toBe(tells === undefined ? error : 'invalid-request')
    },
  )
})
