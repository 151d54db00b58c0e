import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Application, anApplication, rawToken, startProvider } from '../world/applications.ts'
import type { World } from '../world/world.ts'
import { bestOfThree } from './tools/auc.ts'

// As with passwords: the claim may be measured three times and holds when one run lies inside.
let world: World
let app: Application
beforeAll(async () => {
  world = await startProvider()
  app = await anApplication(world)
})
afterAll(() => world.close())

describe('timing of applications', () => {
  it('S6 a wrong secret takes as long for an unknown application as for a known one', {
    timeout: 180_000,
  }, async () => {
    const ask = (id: string) =>
      rawToken(world, { ...app, id, secret: 'wrong' }, { grant_type: 'refresh_token', refresh_token: 'x' })
    const nobody = crypto.randomUUID()
    const found = await bestOfThree({ a: () => ask(app.id), b: () => ask(nobody) })
    expect(found).toBeGreaterThanOrEqual(0.4)
    expect(found).toBeLessThanOrEqual(0.6)
  })
})
