const colours: Readonly<Record<string, string>> = { debug: '90', info: '36', warn: '33', error: '31' }

/**
 * One line of the JSON log as a line for people: time, level, message, then the fields as `name=value`. The stack of an
 * error follows on indented lines.
 */
export function prettyLine(json: string, { isColoured }: { readonly isColoured: boolean }): string {
  const { level, time, message, ...fields } = JSON.parse(json) as Record<string, unknown>
  const paint = (code: string | undefined, text: string) =>
    isColoured && code !== undefined ? `\u001b[${code}m${text}\u001b[0m` : text
  const name = String(level)
  const head = `${paint('90', String(time).slice(11, 19))} ${paint(colours[name], name.toUpperCase().padEnd(5))}`
  const stacks = Object.values(fields).flatMap(stackOf)
  const facts = Object.entries(fields).map(([key, value]) => paint('90', `${key}=${show(value)}`))
  return `${[head, String(message), ...facts].join(' ')}\n${stacks.map((line) => paint('90', `    ${line}\n`)).join('')}`
}

function show(value: unknown): string {
  if (isError(value)) return `${value.type}: ${value.message}`
  return typeof value === 'string' && /^[^\s"=]+$/.test(value) ? value : (JSON.stringify(value) ?? '')
}

function stackOf(value: unknown): string[] {
  if (!isError(value)) return []
  const frames = value.stack.split('\n').map((line) => line.trim())
  return [...frames.filter((line) => line.startsWith('at ')).slice(0, 12), ...causeOf(value.cause)]
}

function causeOf(cause: unknown): string[] {
  return isError(cause) ? [`caused by ${cause.type}: ${cause.message}`, ...stackOf(cause)] : []
}

interface ShownError {
  readonly type: string
  readonly message: string
  readonly stack: string
  readonly cause?: unknown
}

function isError(value: unknown): value is ShownError {
  return typeof value === 'object' && value !== null && 'stack' in value && typeof value.stack === 'string'
}
