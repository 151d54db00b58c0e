import { describe, expect, it } from 'vitest'
import { storable, storableText } from './storable.ts'

describe('what a provider says', () => {
  it('is kept without what no database takes', () => {
    expect(storableText('A\0d\ud800a\udfff 👩‍🚀')).toBe('Ada 👩‍🚀')
    expect(storable({ name: 'A\0', 'k\0': [{ 'x\ud800': 'y\0', n: 1, b: true, z: null }] })).toEqual({
      name: 'A',
      k: [{ x: 'y', n: 1, b: true, z: null }],
    })
  })

  it('S99 keeps a field named like a prototype a field', () => {
    const kept = storable(JSON.parse('{"__proto__":{"polluted":true}}'))
    expect(Object.keys(kept)).toEqual(['__proto__'])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})
