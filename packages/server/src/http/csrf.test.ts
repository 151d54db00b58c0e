import { describe, expect, it } from 'vitest'
import { systemRuntime } from '../base/runtime.ts'
import { noContent } from './answer.ts'
import { createApp } from './app.ts'
import { originList } from './cors.ts'
import { sameOriginOrListed } from './csrf.ts'
import { newKey } from './key.ts'
import { presentPlainly } from './plain-error.ts'

const gate = sameOriginOrListed(originList(['https://good.test']))
const changed = newKey<boolean>('changed')

const app = createApp({
  runtime: systemRuntime(),
  origin: 'https://auth.test',
  mounts: [
    {
      name: 'm',
      base: '/m',
      cors: { kind: 'none' },
      requireJson: true,
      trailingSlash: 'strict',
      presentError: presentPlainly,
      routes: [
        {
          method: 'POST',
          path: '/x',
          gates: [gate, (exchange) => exchange.set(changed, true)],
          handle: (exchange) => noContent({ 'x-changed': String(exchange.need(changed)) }),
        },
      ],
    },
  ],
})

async function statusOf(headers: Record<string, string>) {
  const type = { 'content-type': 'application/json' }
  const response = await app.fetch(
    new Request('https://auth.test/m/x', { method: 'POST', body: '{}', headers: { ...type, ...headers } }),
  )
  return response.status
}

describe('sameOriginOrListed', () => {
  it.each([
    [{ origin: 'https://good.test' }],
    [{ origin: 'https://good.test', 'sec-fetch-site': 'cross-site', cookie: 'a=b' }],
    [{ origin: 'null', 'sec-fetch-site': 'same-origin' }],
    [{ 'sec-fetch-site': 'none' }],
    [{}],
  ])('S109 lets %j pass', async (headers) => {
    expect(await statusOf(headers)).toBe(204)
  })

  it.each([
    [{ origin: 'https://evil.test' }],
    [{ origin: 'null' }],
    [{ origin: 'null', cookie: 'a=b', 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site', cookie: 'a=b' }],
    [{ cookie: 'a=b' }],
    [{ origin: '' }],
  ])('S109 refuses %j', async (headers) => {
    expect(await statusOf(headers)).toBe(403)
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain; application/json',
  ])('S109 answers 415 to %s, even from a listed origin', async (type) => {
    expect(await statusOf({ origin: 'https://good.test', 'content-type': type })).toBe(415)
  })
})
