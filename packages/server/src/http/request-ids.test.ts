import { describe, expect, it } from 'vitest'
import { systemRuntime } from '../base/runtime.ts'
import { createRequestIds } from './request-ids.ts'

describe('createRequestIds', () => {
  it('S144 gives every request its own UUIDv7, across draws', () => {
    const next = createRequestIds(systemRuntime())
    const ids = Array.from({ length: 2000 }, next)
    expect(new Set(ids).size).toBe(2000)
    expect(ids.every((id) => /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toBe(
      true,
    )
  })
})
