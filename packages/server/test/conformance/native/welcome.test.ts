import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type NativeWorld, startNative } from './native-world.ts'

let world: NativeWorld
beforeAll(async () => {
  world = await startNative()
})
afterAll(() => world.close())

it('the address that was printed shows a page whose every link leads somewhere, and runs nothing but its own script', async () => {
  const response = await fetch(`${world.url}/`)
  const text = await response.text()
  expect(response.status).toBe(200)
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  const scripts = [...text.matchAll(/<script>([^<]*)<\/script>/g)].map(([, script = '']) => script)
  expect(text.match(/<script/g)).toHaveLength(1)
  for (const script of scripts)
    expect(response.headers.get('content-security-policy')).toContain(
      `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
    )
  expect(text).not.toMatch(/ on\w+=|src=/)
  const links = [...text.matchAll(/class="button" href="([^"]+)"/g)].map(([, link = '']) => link)
  expect(links).toEqual(['/inbox', '/v1/docs', '/.well-known/openid-configuration'])
  for (const link of links) expect([link, (await fetch(world.url + link)).status]).toEqual([link, 200])
})
