import { describe, expect, it } from 'vitest'
import { beginTrial } from './examples/trial.ts'

const verdictOf = async (body: string, places: number, given: object = {}) => {
  const trial = beginTrial({ body, places }, { ...given })
  await trial.ended
  return trial.verdict()
}

describe('the trial of an example', () => {
  it('names places that were not reached', async () => {
    expect(await verdictOf('mark(0, 1); if (false) mark(1, 2)', 2)).toEqual({ missed: [1], refused: [], empty: 0 })
  })

  it('names refusals, also where nobody looked at them', async () => {
    const away = async () => ({ data: null, error: { code: 'not_found' } })
    expect(await verdictOf('await mark(0, away())', 1, { away })).toMatchObject({ refused: ['not_found'] })
    const lost = async () => new Response('', { status: 404 })
    expect(await verdictOf('await mark(0, lost())', 1, { lost })).toMatchObject({ refused: ['status 404'] })
  })

  it('counts what was shown and was not there', async () => {
    expect(await verdictOf('show(given?.name); show(null)', 0, { given: {} })).toMatchObject({ empty: 1 })
  })

  it('fails with what it throws', async () => {
    await expect(beginTrial({ body: 'nobody()', places: 0 }, {}).ended).rejects.toThrow(ReferenceError)
  })
})
