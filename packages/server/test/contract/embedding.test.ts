import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { ConfigError, createWatchword } from '#src/index.ts'
import { temporaryFolders } from '../world/folders.ts'

const password = 'seven quiet otters'
const aFolder = temporaryFolders()

const post = (path: string, body: object) =>
  new Request(`http://localhost:3000${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })

describe('a server without a port', () => {
  it('answers web-standard requests, by a clock of its own', async () => {
    const clock = { ahead: 0 }
    const held = { now: () => new Date(Date.now() + clock.ahead) }
    const settings = { dataDir: await aFolder(), publicUrl: 'http://localhost:3000', log: { level: 'error' as const } }
    const watchword = await createWatchword({ ...settings, signUp: { emailConfirmation: false } }, held)
    const signedUp = await watchword.fetch(post('/v1/sign-up/password', { email: 'ada@example.test', password }))
    const { tokens } = (await signedUp.json()) as { tokens: { accessToken: string } }
    const me = () =>
      watchword.fetch(
        new Request('http://localhost:3000/v1/me', { headers: { authorization: `Bearer ${tokens.accessToken}` } }),
      )
    expect((await me()).status).toBe(200)
    clock.ahead = 2 * 60 * 60 * 1000
    expect(await (await me()).json()).toMatchObject({ code: 'bad_jwt' })
    await watchword.close()
  })

  it('stands in front of an application, and leaves it its own paths', async () => {
    const watchword = await createWatchword({ dataDir: await aFolder(), log: { level: 'error' } })
    const server = createServer((request, response) =>
      watchword.handler(request, response, () => response.writeHead(418).end('mine')),
    )
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    expect((await fetch(`${url}/v1/settings`)).status).toBe(200)
    expect(await (await fetch(`${url}/own`)).text()).toBe('mine')
    server.close()
    server.closeAllConnections()
    await watchword.close()
  })

  it('names every mistake in its settings at once', async () => {
    const wrong = createWatchword({ port: -1, siteUrl: 'nowhere' } as never)
    await expect(wrong).rejects.toThrow(ConfigError)
    await expect(wrong).rejects.toThrow(/port[\s\S]*siteUrl/)
  })
})
