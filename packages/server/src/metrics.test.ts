import { describe, expect, it } from 'vitest'
import { createMetrics, mayReadMetrics } from './metrics.ts'

describe('createMetrics', () => {
  it('counts requests by mount, route, method and class of status', async () => {
    const metrics = createMetrics({ withProcess: false })
    const fact = { mount: 'native', route: '/me', method: 'GET', seconds: 0.004 }
    metrics.request({ ...fact, status: 200 })
    metrics.request({ ...fact, status: 204 })
    metrics.request({ ...fact, method: 'BREW\n', status: 404 })
    const text = await metrics.render()
    expect(text).toContain('watchword_http_requests_total{mount="native",route="/me",method="GET",status="2xx"} 2')
    expect(text).toContain('method="other",status="4xx"} 1')
    expect(text).not.toContain('BREW')
    expect(text).toContain(
      'watchword_http_request_seconds_bucket{le="0.005",mount="native",route="/me",method="GET"} 2',
    )
  })

  it('reads what waits when it is asked', async () => {
    const metrics = createMetrics({ withProcess: false })
    metrics.read({ hashing: () => ({ running: 2, waiting: 7 }), outboxWaiting: async () => 3 })
    metrics.read({ databasePool: () => ({ open: 5, idle: 1, waiting: 0 }) })
    metrics.sessionOpened('password')
    const text = await metrics.render()
    expect(text).toContain('watchword_hashing_jobs{state="waiting"} 7')
    expect(text).toContain('watchword_outbox_waiting 3')
    expect(text).toContain('watchword_database_connections{state="open"} 5')
    expect(text).toContain('watchword_sessions_opened_total{way="password"} 1')
  })

  it('knows nothing of another registry in the same process', async () => {
    const [one, other] = [createMetrics(), createMetrics()]
    one.sessionOpened('code')
    expect(await other.render()).not.toContain('way="code"')
    expect(await other.render()).toContain('process_cpu_seconds_total')
  })
})

describe('mayReadMetrics', () => {
  it('opens for the token alone, and for nobody when there is none', () => {
    expect(mayReadMetrics('Bearer abc', 'abc')).toBe(true)
    expect(mayReadMetrics('bearer abc', 'abc')).toBe(true)
    for (const header of ['Bearer abd', 'Bearer', 'abc', '', null, undefined])
      expect(mayReadMetrics(header, 'abc')).toBe(false)
    expect(mayReadMetrics('Bearer undefined', undefined)).toBe(false)
  })
})
