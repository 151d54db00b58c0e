import { describe, expect, it } from 'vitest'
import { weakSentence } from './weak-sentence.ts'

describe('the sentence about a weak password', () => {
  it('says what to do about it, by its first reason', () => {
    const said = (...reasons: string[]) => weakSentence({ reasons, min: 10 })
    expect(said('length', 'common')).toBe('Please choose a password of at least 10 characters.')
    expect(said('common')).toMatch(/tries first/)
    expect(said('personal')).toMatch(/easily guessed/)
    expect(said('breached')).toMatch(/leak/)
    expect(said('characters')).toMatch(/every kind/)
  })

  it('is left to the table where the reason is unknown', () => {
    expect(weakSentence({})).toBeUndefined()
    expect(weakSentence({ reasons: ['constructor'] })).toBeUndefined()
  })
})
