/** Longest value of a person's that a message shows, in code points. */
export const longestUserText = 64

// Control, format (bidirectional and zero-width ones among them), lone surrogate, private use, line and paragraph
// separator. The two joiners stay: Persian, Arabic and Indic names are misspelt without them.
const unwanted = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu

/** One line of visible text: controls become spaces, bidirectional and other invisible characters go, spaces collapse. */
export function oneLine(text: string, longest: number): string {
  // Cut before the work so that a huge value costs no more than a small one; the factor leaves room for what is removed.
  const visible = text
    .slice(0, longest * 8)
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(unwanted, '')
  return cut(visible.replace(/\s+/gu, ' ').trim(), longest)
}

/**
 * Text a person chose, made inert: mail programs turn `https://x.test`, `www.x.test`, `x.test/a` and `a@x.test` into
 * links even in plain text, and none of them looks across a space. So every dot, colon and at sign (and the full-width
 * and ideographic forms that browsers read as dots) that has something behind it gets a space. Nothing invisible is
 * inserted, which spam filters and screen readers would stumble over, and `J.R. Smith` reads as well as before.
 */
export function inert(text: string): string {
  const broken = oneLine(text, longestUserText).replace(/([.:@\u3002\uff0e\uff61\uff1a\uff20\u2024])(?=\S)/gu, '$1 ')
  return cut(broken, longestUserText)
}

function cut(text: string, longest: number): string {
  if (text.length <= longest) return text
  return Array.from(text).slice(0, longest).join('').trimEnd()
}

const runsCode = /^(javascript|data|vbscript|file|blob|about|view-source|filesystem):/i

/**
 * The text if it is an absolute address that may stand in a link, else an empty text: http, https, or an app's own
 * scheme with `://`. What could end an attribute or a line is percent-encoded.
 */
export function safeUrl(text: string): string {
  if (text.length > 8192 || !/^[a-z][a-z0-9+.-]*:\/\//i.test(text) || runsCode.test(text) || !URL.canParse(text))
    return ''
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\s"'<>\\^`{|}]/gu, encodeOne)
}

function encodeOne(character: string): string {
  return /\p{Cs}/u.test(character) ? '' : encodeURIComponent(character).replace("'", '%27')
}
