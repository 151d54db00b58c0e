import { randomBytes } from 'node:crypto'
import { createServer, type RequestListener, type Server } from 'node:http'
import { Webhook } from 'standardwebhooks'
import { afterEach, describe, expect, it } from 'vitest'
import { askHttp } from './ask-http.ts'
import type { HookCall } from './hook.ts'

const secretOf = () => `whsec_${randomBytes(24).toString('base64')}`
const secrets = [secretOf()]
const call = (): HookCall => ({
  id: '0190f2b4-0000-7000-8000-000000000001',
  at: new Date(),
  input: { metadata: { uuid: '', time: '', name: 'before-user-created', ip_address: '' }, name: 'Zoë' },
})

describe('asking a hook elsewhere', () => {
  const open: Server[] = []
  afterEach(async () => {
    for (const server of open.splice(0)) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  })

  async function listening(handle: RequestListener): Promise<string> {
    const server = createServer(handle)
    open.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/hook` : ''
  }

  const policy = { outbound: { allow: ['127.0.0.1'] }, pauseMs: 10, now: () => new Date() }
  const ask = (url: string, more: object = {}, signing: readonly string[] = secrets) =>
    askHttp({ kind: 'http', url, secrets: signing }, call(), { ...policy, ...more }).catch(
      (error: { details: object }) => error.details,
    )
  const answering = (
    status: number,
    body = '{}',
    headers: Record<string, string> = { 'content-type': 'application/json' },
  ) => listening((_, response) => void response.writeHead(status, headers).end(body))

  it('signs with every secret, as the standard library of webhooks verifies it', async () => {
    const both = [secretOf(), secretOf()]
    const verified: unknown[] = []
    const url = await listening((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const text = Buffer.concat(parts).toString()
        for (const secret of both) verified.push(new Webhook(secret).verify(text, request.headers as never))
        expect(() => new Webhook(secretOf()).verify(text, request.headers as never)).toThrow()
        expect(request.headers['webhook-signature']).toMatch(/^v1,\S+, v1,\S+$/)
        response.writeHead(204).end()
      })
    })
    expect(await ask(url, {}, both)).toEqual({})
    expect(verified).toEqual([call().input, call().input])
  })

  it('takes 200 and 202 with JSON, and 204 without anything', async () => {
    expect(await ask(await answering(200, '{"a":1}'))).toEqual({ a: 1 })
    expect(await ask(await answering(202, '{"a":1}', { 'content-type': 'Application/JSON; charset=utf-8' }))).toEqual({
      a: 1,
    })
    expect(await ask(await answering(204, '', {}))).toEqual({})
  })

  it('takes nothing else, not even a redirect to something good', async () => {
    const good = await answering(200)
    for (const status of [201, 203, 400, 401, 403, 404, 429, 500, 503])
      expect(await ask(await answering(status))).toEqual({ reason: 'status', status })
    expect(await ask(await answering(302, '', { location: good }))).toEqual({ reason: 'status', status: 302 })
    expect(await ask(await answering(200, '{}', {}))).toEqual({ reason: 'content_type' })
    expect(await ask(await answering(200, '{}', { 'content-type': 'text/html' }))).toEqual({ reason: 'content_type' })
    expect(await ask(await answering(200, 'yes'))).toEqual({ reason: 'answer' })
  })

  it('gives up on what is too large, whatever its head says', async () => {
    expect(await ask(await answering(200, `{"a":"${'x'.repeat(300_000)}"}`))).toEqual({ reason: 'over_size_limit' })
    const endless = await listening((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const more = () => response.write('x'.repeat(65_536), (error) => (error == null ? setImmediate(more) : undefined))
      more()
    })
    expect(await ask(endless)).toEqual({ reason: 'over_size_limit' })
  })

  it('waits no longer than its time for all tries together', async () => {
    const silent = await listening(() => undefined)
    expect(await ask(silent, { totalMs: 200 })).toEqual({ reason: 'timeout', seconds: 0.2 })
    const trickle = await listening((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const timer = setInterval(() => response.write(' '), 20)
      response.on('close', () => clearInterval(timer))
    })
    expect(await ask(trickle, { totalMs: 200 })).toEqual({ reason: 'timeout', seconds: 0.2 })
  })

  it('tries three times where nobody is there, each time with the same id', async () => {
    const ids: unknown[] = []
    const url = await listening((request) => {
      ids.push(request.headers['webhook-id'])
      request.socket.destroy()
    })
    expect(await ask(url)).toEqual({ reason: 'timeout_after_retry' })
    expect(ids).toEqual([call().id, call().id, call().id])
  })

  it('tries again where it is asked to, and takes the answer of the last try', async () => {
    let count = 0
    const busy = (retry: Record<string, string>) =>
      listening((_, response) => {
        count += 1
        response.writeHead(503, retry).end()
      })
    expect(await ask(await busy({}))).toEqual({ reason: 'status', status: 503 })
    expect(count).toBe(1)
    expect(await ask(await busy({ 'retry-after': '1' }))).toEqual({ reason: 'status', status: 503 })
    expect(count).toBe(4)
  })

  it('S117 asks nobody inside who was not allowed, and says as much as of nobody', async () => {
    let asked = 0
    const url = await listening((_, response) => {
      asked += 1
      response.writeHead(204).end()
    })
    const { port } = new URL(url)
    const inside = [
      '127.0.0.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '127.1',
      'localhost',
      '[::1]',
      '[::ffff:127.0.0.1]',
      '0.0.0.0',
    ]
    for (const host of inside)
      for (const scheme of ['http', 'https'])
        expect(await ask(`${scheme}://${host}:${port}/`, { outbound: {} })).toEqual({ reason: 'timeout_after_retry' })
    for (const odd of [
      'file:///etc/passwd',
      'gopher://127.0.0.1:1/',
      `http://user:pass@127.0.0.1:${port}/`,
      'http://127.0.0.1:22/',
    ])
      expect(await ask(odd)).toEqual({ reason: 'timeout_after_retry' })
    expect(asked).toBe(0)
  })
})
