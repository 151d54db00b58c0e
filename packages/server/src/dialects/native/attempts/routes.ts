import { hooked } from '../hooked.ts'
import { type Operation, post } from '../operation.ts'
import { outcome, pending } from '../schemas/outcome.ts'
import { answer, cancel, challengeAttempt, readAttempt } from './attempts.ts'
import { answerBody, attemptBody, challengeBody } from './bodies.ts'

export const attemptRoutes: readonly Operation[] = [
  post(
    '/attempts/challenge',
    {
      about: 'A fresh code; the old one dies. Or the way of proving that was chosen.',
      who: 'public',
      body: challengeBody,
      answer: outcome,
      codes: ['attempt_expired', 'over_email_send_rate_limit', 'over_sms_send_rate_limit', 'feature_disabled'],
    },
    challengeAttempt,
  ),
  post(
    '/attempts/answer',
    {
      about: 'The answer to a step. The attempt is finished by it, or shows its next step.',
      who: 'public',
      bucket: 'answerNetwork',
      body: answerBody,
      answer: outcome,
      codes: [
        'otp_expired',
        'mfa_verification_failed',
        'webauthn_verification_failed',
        'wallet_signature_invalid',
        'provider_disabled',
        'signup_disabled',
        'identity_already_exists',
        'factor_name_taken',
        'insufficient_aal',
        'conflict',
        'invalid_credentials',
        'weak_password',
        'user_banned',
        'user_already_exists',
        'signup_disabled',
        'identifier_not_allowed',
        'over_email_send_rate_limit',
        'over_sms_send_rate_limit',
        'attempt_expired',
        'over_attempt_limit',
        ...hooked,
      ],
    },
    answer,
  ),
  post(
    '/attempts/status',
    {
      about: 'The step as it stands.',
      who: 'public',
      body: attemptBody,
      answer: pending,
      codes: ['attempt_expired'],
    },
    readAttempt,
  ),
  post('/attempts/cancel', { about: 'Gives an attempt up; a dead one too.', who: 'public', body: attemptBody }, cancel),
]
