import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPages, type Pages } from './examples/page.ts'
import { pageStages } from './examples/page-stages.ts'
import { type Place, startPlace } from './examples/place.ts'
import { addressesIn } from './examples/stage.ts'
import { stages } from './examples/stages.ts'
import { beginTrial, type Verdict } from './examples/trial.ts'

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

const held: { place?: Place; pages?: Pages } = {}
beforeAll(async () => {
  const place = await startPlace()
  held.place = place
  held.pages = await openPages(place)
})
afterAll(async () => {
  await held.pages?.close()
  await held.place?.close()
})

/** Says of an example that it did all it shows, and met no refusal but the one it shows. */
const judgeOf = (refused: string | undefined) => (verdict: Verdict) => {
  expect(verdict.refused).toEqual(refused === undefined ? [] : [refused])
  expect(verdict.missed, 'places that were not reached').toEqual([])
  expect(verdict.empty, 'things shown that were not there').toBe(0)
}

/** Lets an example run where it belongs. */
async function tryIt(example: Example): Promise<void> {
  const { place, pages } = held
  if (place === undefined || pages === undefined) throw new Error('nothing is started')
  const inWorld = (addresses: object) =>
    Object.entries(addresses).reduce((text, [from, to]) => text.replaceAll(from, to), example.code)
  const ready = (addresses: object) => readied({ ...example, code: inWorld(addresses) })
  const onPage = pageStages[example.of]
  if (onPage !== undefined) return pages.run(onPage, ready, judgeOf(onPage.refused))
  const stage = stages[example.of]
  if (stage === undefined) throw new Error(`say in examples/stages.ts what the example of ${example.of} needs`)
  const scene = await stage.set(place)
  const trial = beginTrial(ready(addressesIn(place)), scene.given)
  await stage.after?.(await trial.ended, scene, place, trial)
  await expect.poll(() => trial.verdict().missed, { timeout: 10_000 }).toEqual([])
  judgeOf(stage.refused)(trial.verdict())
}

const names = examples.map(({ of }) => of)

describe('the example of', () => {
  it.each(names)('%s', async (of) => {
    for (const example of examples.filter((each) => each.of === of)) await tryIt(example)
  })
})

describe('the list of what examples need', () => {
  it('names each once, and no other', () => {
    expect(names).toEqual([...new Set(names)])
    expect([...Object.keys(stages), ...Object.keys(pageStages)].sort()).toEqual([...names].sort())
  })
})
