const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
  '=': '&#61;',
}

/** Text for an HTML text node or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => entities[character] ?? '')
}

/** Text for an attribute without quotes, where a space would end it. */
export function escapeBareAttribute(text: string): string {
  return text.replace(/[&<>"'`=]/g, (character) => entities[character] ?? '').replace(/\s/g, '&#32;')
}
