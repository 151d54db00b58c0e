import { describe, expect, it } from 'vitest'
import { decideRotation, type RotationFacts } from './rotation.ts'

const now = new Date('2026-05-04T12:00:00Z')
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1000)
const fresh: RotationFacts = {
  usedAt: null,
  void: false,
  successorUsed: false,
  successorGivenAt: null,
  overtaken: false,
  mayBeOlder: false,
  endsAt: ago(-3_600),
  lastUsedAt: ago(60),
  bannedUntil: null,
}
const decide = (facts: Partial<RotationFacts>) =>
  decideRotation({ ...fresh, ...facts }, { grace: 10, idle: 86_400 }, now)
const used = (seconds: number, given = seconds) => ({ usedAt: ago(seconds), successorGivenAt: ago(given) })

describe('a presented refresh token', () => {
  it('is exchanged where nothing speaks against it', () => {
    expect(decide({})).toBe('rotate')
  })

  it('gets the same successor for as long as the grace lasts, however often it asks', () => {
    expect(decide(used(0))).toBe('repeat')
    expect(decide(used(10))).toBe('repeat')
    expect(decide(used(10, 0))).toBe('repeat')
  })

  it('gets another one after the grace, whether the last one may be on its way or not', () => {
    expect(decide(used(10.001))).toBe('reissue')
    expect(decide(used(3_600, 10.001))).toBe('reissue')
    expect(decide(used(10.001, 10))).toBe('relay')
    expect(decide(used(10.001, -1))).toBe('relay')
  })

  it('ends the session where its successor is in use or it was made void, whenever it comes', () => {
    for (const seconds of [0, 11]) expect(decide({ ...used(seconds), successorUsed: true })).toBe('replayed')
    expect(decide({ ...used(11, 0), successorUsed: true })).toBe('replayed')
    expect(decide({ void: true })).toBe('replayed')
  })

  it('takes its session back to what it was before it stepped up, until somebody used what came of that', () => {
    for (const seconds of [0, 10, 11, 3_600]) {
      expect(decide({ ...used(seconds), overtaken: true })).toBe('fall')
      expect(decide({ ...used(seconds), overtaken: true, void: true })).toBe('replayed')
    }
    const passed = { overtaken: true, successorUsed: true }
    for (const mayBeOlder of [false, true]) {
      for (const seconds of [0, 20]) expect(decide({ ...used(seconds), ...passed, mayBeOlder })).toBe('overtaken')
      for (const seconds of [21, 3_600])
        expect(decide({ ...used(seconds), ...passed, mayBeOlder })).toBe(mayBeOlder ? 'outlived' : 'replayed')
      expect(decide({ ...used(21), successorUsed: true, mayBeOlder })).toBe('replayed')
    }
    expect(decide({ ...used(0), overtaken: true, lastUsedAt: ago(86_400) })).toBe('idle')
  })

  it('is refused to the banned, and past either end of its session', () => {
    expect(decide({ bannedUntil: ago(-1) })).toBe('banned')
    expect(decide({ bannedUntil: ago(1) })).toBe('rotate')
    expect(decide({ endsAt: now })).toBe('ended')
    expect(decide({ lastUsedAt: ago(86_400) })).toBe('idle')
  })
})
