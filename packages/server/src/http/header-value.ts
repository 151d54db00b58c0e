/** Every byte of the text as UTF-8, percent-encoded; half a surrogate pair becomes U+FFFD. */
export function percent(text: string): string {
  return Array.from(Buffer.from(text), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}

const unsafeInHeader = /[^\t\x20-\x7e]/
const unsafeInHeaders = /[^\t\x20-\x7e]+/g
const unsafeInLocation = /[^\x21-\x7e]|["<>\\^`{|}]/
const unsafeInLocations = /(?:[^\x21-\x7e]|["<>\\^`{|}])+/g

/** Text as a header value: CR, LF, NUL and everything outside printable ASCII become percent-encoded UTF-8 (S116). */
export function headerValue(text: string): string {
  return unsafeInHeader.test(text) ? text.replace(unsafeInHeaders, percent) : text
}

/**
 * A URL as the value of a `Location` header: what may not stand in a URL (RFC 3986 §2) is percent-encoded as UTF-8,
 * everything else, escapes included, stays as it is. Whether the place may be reached is the caller's question.
 */
export function locationValue(url: string): string {
  return unsafeInLocation.test(url) ? url.replace(unsafeInLocations, percent) : url
}
