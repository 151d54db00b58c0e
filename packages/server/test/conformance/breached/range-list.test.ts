import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createOutbound } from '#src/base/outbound.ts'
import { createRangeList } from '#src/core/passwords/breached/range-list.ts'
import { type LocalLeaks, startLeaks } from '../../world/leaks.ts'

let leaks: LocalLeaks
beforeAll(async () => {
  leaks = await startLeaks()
})
afterAll(() => leaks.close())

const list = (url = leaks.url) =>
  createRangeList({ url, outbound: createOutbound({ allow: ['127.0.0.1'], totalMs: 500 }) })
const fault = (url?: string) =>
  list(url)
    .has('anything')
    .then(
      () => 'none',
      (error: { reason?: string }) => error.reason,
    )

describe('the range interface', () => {
  it('is asked with five digits of a hash and padding, and nothing else leaves', async () => {
    const password = 'correct horse battery staple'
    leaks.leak(password)
    expect(await list().has(password)).toBe(true)
    const hash = createHash('sha1').update(password).digest('hex').toUpperCase()
    const { method, path, headers } = leaks.requests.at(-1) ?? {}
    expect([method, path]).toEqual(['GET', `/range/${hash.slice(0, 5)}`])
    expect(headers).toMatchObject({ 'add-padding': 'true', 'user-agent': 'watchword' })
    const sent = JSON.stringify(leaks.requests.at(-1))
    expect(sent).not.toContain(hash.slice(5))
    expect(sent).not.toContain(password)
  })

  it('knows others not, whatever pads its answer', async () => {
    expect(await list().has('nobody ever had this one')).toBe(false)
    const hash = createHash('sha1').update('padded').digest('hex').toUpperCase()
    const padding = createServer((_, response) =>
      response.end(`${hash.slice(5)}:0\r\n${hash.slice(5).toLowerCase()}:x`),
    )
    await new Promise<void>((resolve) => padding.listen(0, '127.0.0.1', resolve))
    const address = padding.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    expect(await list(`http://127.0.0.1:${port}`).has('padded')).toBe(false)
    await new Promise((resolve) => padding.close(resolve))
  })

  it('is asked about the one form a password has', async () => {
    leaks.leak('caf\u00e9 au lait')
    expect(await list().has('cafe\u0301 au lait')).toBe(true)
  })

  it.each([
    [429, 'http_429'],
    [503, 'http_503'],
    [302, 'http_302'],
    ['hangs up', 'unreachable'],
    ['hangs', 'too_slow'],
  ] as const)('has not judged when it answers %s', async (as, reason) => {
    leaks.behave(as)
    expect(await fault()).toBe(reason)
    leaks.behave('right')
  })
})
