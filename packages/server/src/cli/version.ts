import { readFile } from 'node:fs/promises'

/** The version of this release, from its package. */
export async function version(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  const { version: number } = JSON.parse(text) as { version: string }
  return number
}
