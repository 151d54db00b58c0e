import type { MailHeaders } from '../outgoing.ts'

/** Longest line of a mail with its name (RFC 5322 §2.1.1); what is longer may be refused by any server on the way. */
const mostInLine = 998

const escaped = (text: string): string => Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&')

/**
 * Further headers of a mail as fields that are each one line of printable ASCII: anything else in a value is percent-encoded,
 * so that what somebody has typed begins no other field (S116). A field that would be too long for a line is left out, and so
 * is one whose name is not `X-` and letters.
 */
export function headerFields(headers: MailHeaders): MailHeaders {
  const fields = Object.entries(headers)
    .map(([name, value]) => [name, value.replace(/[^\x20-\x7e]+/g, escaped)] as const)
    .filter(([name, value]) => /^X-[A-Za-z-]{1,60}$/.test(name) && name.length + 2 + value.length <= mostInLine)
  return Object.fromEntries(fields)
}
