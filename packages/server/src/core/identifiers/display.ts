/**
 * Text of a person as it may stand in a mail, a message or a log line: NFC, on one line, without control characters
 * and without the marks that turn the reading direction or hide, cut to `max` code points and trimmed. Empty when there
 * is nothing left, or the input is not text. Whoever shows it still escapes it for its place.
 * @param max code points kept; default 64.
 */
export function cleanText(input: unknown, max = 64): string {
  if (typeof input !== 'string') return ''
  // Marks are dropped one by one, so a bounded beginning is enough to fill the result and keeps the work bounded.
  const start = input.slice(0, 16 * max).normalize('NFC')
  const visible = start.replace(hidden, '').replace(breaks, ' ').replace(control, '').trim()
  return [...visible].slice(0, max).join('').trim()
}

// Zero-width joiners and variation selectors stay: emoji and several scripts are written with them.
const hidden = /[\p{Cs}\p{Co}\p{Cn}\p{Bidi_Control}\u200b\u2060-\u206f\ufeff\ufff9-\ufffb\u00ad\u{e0000}-\u{e0fff}]/gu
const breaks = /[\s\u0085]+/gu
const control = /\p{Cc}/gu
