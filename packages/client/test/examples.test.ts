import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPages, type Pages } from './examples/page.ts'
import { pageStages } from './examples/page-stages.ts'
import { type Place, startPlace } from './examples/place.ts'
import { type Example, examplesBelow, readyIn } from './examples/read.ts'
import { addressesIn } from './examples/stage.ts'
import { stages } from './examples/stages.ts'
import { beginTrial, type Verdict } from './examples/trial.ts'

const examples = examplesBelow(new URL('../src/', import.meta.url))

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
  const onPage = pageStages[example.of]
  if (onPage !== undefined) return pages.run(onPage, example, judgeOf(onPage.refused))
  const stage = stages[example.of]
  if (stage === undefined) throw new Error(`say in examples/stages.ts what the example of ${example.of} needs`)
  const scene = await stage.set(place)
  const trial = beginTrial(readyIn(addressesIn(place), example), scene.given)
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
