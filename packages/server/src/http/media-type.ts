/** The kinds of body the kit can read; `other` is any other declared type, `none` is no declaration. */
export type BodyKind = 'json' | 'form' | 'other' | 'none'

/** What a Content-Type header declares. A charset other than UTF-8 makes it `other`. */
export function bodyKind(contentType: string | undefined): BodyKind {
  if (contentType === undefined || contentType === '') return 'none'
  if (contentType === 'application/json') return 'json'
  const [essence = '', ...parameters] = contentType.toLowerCase().split(';')
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=')
    if (name.trim() === 'charset' && !['utf-8', 'utf8'].includes(value.trim().replaceAll('"', ''))) return 'other'
  }
  if (essence.trim() === 'application/json') return 'json'
  return essence.trim() === 'application/x-www-form-urlencoded' ? 'form' : 'other'
}
