import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createListener } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createOutbound, OutboundError } from './outbound.ts'

const open: Server[] = []

/** A server of this machine, and the connections it has seen. */
async function inner(answer: RequestListener): Promise<{ url: string; seen: { count: number } }> {
  const seen = { count: 0 }
  const server = createServer(answer).on('connection', () => {
    seen.count += 1
  })
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { url: `http://127.0.0.1:${port}`, seen }
}

afterEach(() => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

const reasonOf = (work: Promise<unknown>) =>
  work.then(
    () => 'answered',
    (error: unknown) => (error instanceof OutboundError ? error.reason : error),
  )

describe('createOutbound', () => {
  it.each([
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://0177.0.0.1/',
    'https://0x7f.1/',
    'https://127.1/',
    'https://[::1]/',
    'https://[::ffff:169.254.169.254]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[64:ff9b:1::7f00:1]/',
    'https://[::7f00:1]/',
    'https://[fec0::1]/',
    'https://[2002:7f00:1::]/',
    'https://[2001:0:7f00:1::]/',
    'https://[4000::1]/',
    'https://0.0.0.0/',
    'https://169.254.169.254/',
    'https://100.64.0.1/',
    'https://10.1.2.3/',
    'https://[fc00::1]/',
    'https://[fe80::1]/',
    'https://localhost/',
    'https://localhost./',
    'http://93.184.216.34/',
    'file:///etc/passwd',
    'gopher://example.test/',
    'https://user:word@93.184.216.34/',
    'https://93.184.216.34:22/',
    'nonsense',
  ])('S117: asks nobody at %s', async (url) => {
    const outbound = createOutbound({ resolve: async () => ['127.0.0.1'] })
    expect(await reasonOf(outbound(url))).toBe('not_allowed')
  })

  it('S117: refuses a name of which one address is private, and connects to the address it has checked', async () => {
    const { url, seen } = await inner((_, response) => response.end('secret'))
    const port = new URL(url).port
    const answers = [['93.184.216.34', '127.0.0.1'], ['127.0.0.1']]
    const outbound = createOutbound({ resolve: async () => answers.shift() ?? [] })
    expect(await reasonOf(outbound(`https://rebinding.test:${port}/`))).toBe('not_allowed')
    expect(await reasonOf(outbound(`https://rebinding.test:${port}/`))).toBe('not_allowed')
    expect(seen.count).toBe(0)
  })

  it('asks a private host that is allowed by name, address or network, and that alone', async () => {
    const { url } = await inner((_, response) => response.end('fine'))
    for (const allow of [['127.0.0.1'], ['127.0.0.0/8']]) {
      expect(await (await createOutbound({ allow })(url)).text()).toBe('fine')
    }
    const named = createOutbound({ allow: ['inner.test'], resolve: async () => ['127.0.0.1'] })
    expect((await named(url.replace('127.0.0.1', 'inner.test'))).status).toBe(200)
    expect(await reasonOf(createOutbound({ allow: ['10.0.0.0/8'] })(url))).toBe('not_allowed')
  })

  it('S117: follows no redirect', async () => {
    const { url, seen } = await inner((_, response) => response.writeHead(302, { location: '/other' }).end())
    const answer = await createOutbound({ allow: ['127.0.0.1'] })(url)
    expect(answer.status).toBe(302)
    expect(seen.count).toBe(1)
  })

  it('S74: gives up on somebody who takes the connection and says nothing', { timeout: 10_000 }, async () => {
    const silent = createListener((socket) => socket.resume().on('error', () => undefined))
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const address = silent.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const outbound = createOutbound({ allow: ['127.0.0.1'], connectMs: 100, totalMs: 60_000 })
    expect(await reasonOf(outbound(`https://127.0.0.1:${port}/`))).toBe('too_slow')
    await new Promise<void>((resolve) => silent.close(() => resolve()))
  })

  it('S74: gives up on an answer that is too large or never ends', { timeout: 10_000 }, async () => {
    const large = await inner((_, response) => response.end(Buffer.alloc(70_000)))
    const slow = await inner((_, response) => response.writeHead(200).write('a'))
    const outbound = createOutbound({ allow: ['127.0.0.1'], bytes: 65_536, totalMs: 300 })
    expect(await reasonOf(outbound(large.url))).toBe('too_large')
    expect(await reasonOf(outbound(slow.url))).toBe('too_slow')
  })

  it('S74: gives up on an answer that is none: another protocol, or no status that is one', async () => {
    const outbound = createOutbound({ allow: ['127.0.0.1'], totalMs: 60_000 })
    const other = await inner((_, response) => response.writeHead(101, { connection: 'upgrade', upgrade: 'x' }).end())
    expect(await reasonOf(outbound(other.url))).toBe('unreachable')
    const odd = await inner((_, response) => void response.socket?.end('HTTP/1.1 000 x\r\ncontent-length: 0\r\n\r\n'))
    expect((await outbound(odd.url)).status).toBe(502)
  })

  it('sends what it is given', async () => {
    const { url } = await inner((request, response) => {
      request.pipe(response.writeHead(200, { 'x-type': String(request.headers['content-type']) }))
    })
    const sent = { method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'ä' }
    const answer = await createOutbound({ allow: ['127.0.0.1'] })(url, sent)
    expect([await answer.text(), answer.headers.get('x-type')]).toEqual(['ä', 'text/plain'])
  })
})
