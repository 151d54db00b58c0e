import { DeliveryFailure, type FailureKind } from '../outgoing.ts'

interface SmtpError {
  readonly code?: string
  /** What the socket or the TLS layer called it. */
  readonly originalCode?: string
  readonly command?: string
  readonly responseCode?: number
}

/**
 * What an SMTP failure means. 5yz to the recipient or the content is final for this message and 4yz is not (RFC 5321
 * §4.2.1); 5yz to anything before is about us, and every other message would meet it too. Without an answer nobody was there.
 */
export function classifySmtpFailure(error: unknown): DeliveryFailure {
  const { code = 'unknown', originalCode = code, command = '', responseCode = 0 } = (error ?? {}) as SmtpError
  const reason = responseCode > 0 ? `smtp_${responseCode}` : `smtp:${originalCode}`
  const kind = isAboutCertificate(originalCode) ? 'refused' : kindOf(code, command.toUpperCase(), responseCode)
  return new DeliveryFailure(kind, reason, error)
}

function isAboutCertificate(code: string): boolean {
  return /CERT|SELF_SIGNED|ERR_TLS|ERR_SSL/.test(code)
}

function kindOf(code: string, command: string, status: number): FailureKind {
  const aboutMessage = /^(RCPT|DATA|BDAT)/.test(command) || code === 'EMESSAGE'
  if (aboutMessage) return status >= 500 ? 'permanent' : 'temporary'
  if (status >= 500 || ['EAUTH', 'ENOAUTH', 'ECONFIG', 'ETLS'].includes(code)) return 'refused'
  if (code === 'EENVELOPE') return status === 0 ? 'permanent' : 'temporary'
  // It broke off in the middle of this message: others may fare better.
  if (/^MAIL/.test(command) || code === 'EABORT' || code === 'ESTREAM') return 'temporary'
  return 'unreachable'
}
