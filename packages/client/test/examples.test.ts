import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Place, startPlace } from './examples/place.ts'
import { stages } from './examples/stages.ts'
import { beginTrial } from './examples/trial.ts'

interface Example {
  /** What it is an example of. */
  readonly of: string
  readonly name: string
  readonly code: string
}
interface Tools {
  examplesIn(source: { readonly path: string; readonly text: string }): Example[]
  readied(example: Example): { readonly body: string; readonly places: number }
}

// The tools are plain JavaScript.
const tools = '../../../tools'
const { examplesIn } = (await import(/* @vite-ignore */ `${tools}/examples.mjs`)) as Tools
const { readied } = (await import(/* @vite-ignore */ `${tools}/tried.mjs`)) as Tools

const sources = fileURLToPath(new URL('../src', import.meta.url))
const examples = readdirSync(sources, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts'))
  .flatMap((path) => examplesIn({ path, text: readFileSync(`${sources}/${path}`, 'utf8') }))

const held: { place?: Place } = {}
beforeAll(async () => {
  held.place = await startPlace()
})
afterAll(() => held.place?.close())

describe('the example of', () => {
  it.each(examples.map((example) => [example.of, example] as const))('%s', async (of, example) => {
    const stage = stages[of]
    if (stage === undefined) throw new Error(`say in examples/stages.ts what the example of ${of} needs`)
    const { place } = held
    if (place === undefined) throw new Error('nothing is started')
    const scene = await stage.set(place)
    const code = Object.entries(scene.instead ?? {}).reduce((text, [from, to]) => text.replaceAll(from, to), example.code)
    const trial = beginTrial(readied({ ...example, code }), scene.given)
    const named = await trial.ended
    await stage.after?.(named, scene, place, trial)
    await expect.poll(() => trial.verdict().missed, { timeout: 5_000 }).toEqual([])
    const { refused, empty } = trial.verdict()
    expect(refused).toEqual(stage.refused === undefined ? [] : [stage.refused])
    expect(empty, 'things shown that were not there').toBe(0)
  })
})
