import { expect, it } from 'vitest'
import { weigh } from './packages.mjs'

it('weighs what an import needs, and nothing beside it', async () => {
  const little = await weigh("export const a = () => 'a'")
  const same = await weigh(`const unused = ${JSON.stringify('x'.repeat(5_000))}; export const a = () => 'a'`)
  const much = await weigh(
    `export const a = () => ${JSON.stringify(Array.from({ length: 999 }, (_, at) => at * 7919).join())}`,
  )
  expect(same).toBe(little)
  expect(much).toBeGreaterThan(little + 1_000)
})
