import { execFile } from 'node:child_process'
import { basename } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

/**
 * Why a configuration file of code cannot be had, as the end of a sentence that begins with its name, and where to look. What
 * was thrown may quote the file or what it read, which may be secrets, so its own words are left out.
 * @param error what importing it threw
 */
export async function unreadableFile(path: string, error: unknown): Promise<string> {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''
  if (code === 'ERR_UNKNOWN_FILE_EXTENSION') {
    return `needs Node 22.18 or later to be read as TypeScript (this is ${process.version}); write watchword.config.mjs or .json instead.`
  }
  if (!(error instanceof Error)) return `cannot be loaded (${code || 'unknown reason'}).`
  const [, missing] = code === 'ERR_MODULE_NOT_FOUND' ? (/'([^']+)'/.exec(error.message) ?? []) : []
  if (missing !== undefined) return `cannot be loaded: it imports ${missing}, which is not there.`
  const line = lineInStack(path, error) ?? (error instanceof SyntaxError ? await lineOfSyntax(path) : undefined)
  const place = line === undefined ? '' : `line ${line}`
  if (error instanceof SyntaxError && lineOfCall(path, error) === undefined)
    return `is not valid: it cannot be parsed${place && ` (${place})`}.`
  return `cannot be loaded (${[code || error.name, place].filter(Boolean).join(', ')}).`
}

/** Of a mistake in its writing the stack tells the line by itself, of one in running it the call. */
function lineInStack(path: string, error: Error): string | undefined {
  return /^file:.*:(\d+)$/m.exec(error.stack ?? '')?.[1] ?? lineOfCall(path, error)
}

function lineOfCall(path: string, { stack = '' }: Error): string | undefined {
  const [, after] = stack.split(`${pathToFileURL(path).href}:`)
  return /^(\d+):\d+\)?$/m.exec(after ?? '')?.[1]
}

/** Some releases of Node keep the line to themselves, unless asked to check the file and no more. */
async function lineOfSyntax(path: string): Promise<string | undefined> {
  const { stderr } = await promisify(execFile)(process.execPath, ['--check', path]).catch((failed) => failed)
  const [first = ''] = String(stderr).split('\n', 1)
  return first.includes(basename(path)) ? /:(\d+)$/.exec(first)?.[1] : undefined
}
