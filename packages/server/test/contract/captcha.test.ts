import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { defaultSettings } from '#src/core/settings/defaults.ts'
import { refuseUnsolved } from '#src/flows/steps/solved-captcha.ts'
import { cleanUp } from '#src/flows/system/housekeeping.ts'
import { sql } from '#src/storage/sql.ts'
import { vendorSecret } from '../world/captcha-vendor.ts'
import { aCaller } from '../world/core.ts'
import { type LocalGateway, startGateway } from '../world/text-gateway.ts'
import { atOnce, type Rooms, startRooms, stores } from './rooms.ts'

describe.each(stores)('captcha solutions on the %s store', (kind) => {
  let vendor: LocalGateway
  let rooms: Rooms
  beforeAll(async () => {
    // A vendor that takes everything, and every time: what counts once is up to us.
    vendor = await startGateway()
    vendor.answer({ status: 200, json: { success: true, hostname: 'app.test' } })
    rooms = await startRooms(kind, {
      settings: {
        captcha: { ...defaultSettings.captcha, provider: 'hcaptcha' },
        outbound: { allow: ['127.0.0.1'] },
      },
      captcha: { secret: vendorSecret, url: vendor.url, timeout: 5_000 },
    })
  })
  afterAll(async () => {
    await rooms.close()
    await vendor.close()
  })

  const ask = (index: number, token: string) =>
    refuseUnsolved(index % 2 === 0 ? rooms.core : rooms.other, aCaller(), { place: 'sign_up', token })
  const rows = async () => {
    const [row] = await rooms.database.query<{ count: number }>(
      sql`select count(*)::int as count from auth.spent_solutions`,
    )
    return row?.count
  }

  it('S123 a solution that many bring at once counts for one of them', async () => {
    const outcomes = await Promise.all(
      atOnce(20, (index) =>
        ask(index, 'one solution').then(
          () => 'through',
          (error: { code: string; details: { codes: string[] } }) => `${error.code} ${error.details.codes.join()}`,
        ),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'through')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome === 'captcha_failed timeout-or-duplicate')).toHaveLength(19)
  })

  it('S130 they are forgotten when no vendor would take them any more, and kept until then', async () => {
    await ask(0, 'another')
    await cleanUp(rooms.core)
    expect(await rows()).toBe(2)
    rooms.clock.move(601)
    await cleanUp(rooms.core)
    expect(await rows()).toBe(0)
  })

  it('S126 what is kept is no solution', async () => {
    await ask(0, 'a solution to be looked for')
    const [row] = await rooms.database.query<{ digest: Uint8Array }>(sql`select digest from auth.spent_solutions`)
    expect(row?.digest).toHaveLength(32)
  })
})
