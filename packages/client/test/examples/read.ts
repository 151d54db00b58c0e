import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Ready } from './trial.ts'

export interface Example {
  /** What it is an example of. */
  readonly of: string
  readonly name: string
  readonly code: string
}
interface Tools {
  examplesIn(source: { readonly path: string; readonly text: string }): Example[]
  readied(example: Example): Ready
}

// The tools are plain JavaScript.
const tools = '../../../../tools'
const { examplesIn } = (await import(/* @vite-ignore */ `${tools}/examples.mjs`)) as Tools
const { readied } = (await import(/* @vite-ignore */ `${tools}/tried.mjs`)) as Tools

/** All examples in the docstrings below a folder. */
export function examplesBelow(folder: URL): Example[] {
  const sources = fileURLToPath(folder)
  return readdirSync(sources, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path) && !/\.(test|d)\.tsx?$/.test(path))
    .flatMap((path) => examplesIn({ path, text: readFileSync(`${sources}/${path}`, 'utf8') }))
}

/** An example as it can be run. @param addresses those in it, and what they stand for */
export function readyIn(addresses: Readonly<Record<string, string>>, example: Example): Ready {
  const code = Object.entries(addresses).reduce((text, [from, to]) => text.replaceAll(from, to), example.code)
  return readied({ ...example, code })
}
