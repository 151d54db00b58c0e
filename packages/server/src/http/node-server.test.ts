import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, request } from 'node:http'
import { connect } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { systemRuntime } from '../base/runtime.ts'
import { json } from './answer.ts'
import { createApp } from './app.ts'
import type { Exchange } from './exchange.ts'
import { nodeHandler } from './node-handler.ts'
import type { ConnectionLimits, RunningServer } from './node-server.ts'
import { serve } from './node-server.ts'
import { presentPlainly } from './plain-error.ts'
import type { Route } from './route.ts'

const cleanups: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean()
})

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

function gateway(): { opened: Promise<void>; open(): void } {
  const held: { open(): void } = { open() {} }
  const opened = new Promise<void>((resolve) => {
    held.open = resolve
  })
  return { opened, open: () => held.open() }
}

function makeApp(more: readonly Route[] = []) {
  return createApp({
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
            method: 'GET',
            path: '/hi',
            handle: (x) => json(200, { ip: x.client.ip, auth: x.header('authorization') }),
          },
          { method: 'POST', path: '/echo', handle: async (x) => json(200, await x.json()) },
          { method: 'POST', path: '/raw', handle: async (x) => json(200, { text: await x.request.text() }) },
          { method: 'POST', path: '/early', body: 'none', handle: () => json(200, 'early') },
          ...more,
        ],
      },
    ],
  })
}

async function start(limits: Partial<ConnectionLimits> = {}, more: readonly Route[] = []): Promise<RunningServer> {
  const server = await serve(makeApp(more), { host: '127.0.0.1', port: 0, runtime: systemRuntime(), limits })
  cleanups.push(() => server.close(0))
  return server
}

/** Sends bytes as they are and gives back all that is answered until the connection ends. */
function converse(port: number, ...parts: readonly (string | Buffer)[]): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let got = ''
    socket.on('data', (chunk) => {
      got += chunk.toString('latin1')
    })
    socket.on('error', () => {})
    socket.on('close', () => resolve(got))
    for (const part of parts) socket.write(part)
  })
}

const head = (method: string, path: string, more = '') =>
  `${method} ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${more}\r\n`
const statusOf = (answer: string) => Number(answer.slice(9, 12))
const bodyOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4))

describe('serve', () => {
  it('answers over the wire with the peer address', async () => {
    const { url } = await start()
    const response = await fetch(`${url}/m/hi`)
    expect(await response.json()).toEqual({ ip: '127.0.0.1' })
  })

  it('reads bodies with and without a declared length, and as a web-standard request', async () => {
    const { url, port } = await start()
    const chunked = head('POST', '/m/echo', 'content-type: application/json\r\ntransfer-encoding: chunked\r\n')
    expect(bodyOf(await converse(port, chunked, '3\r\n[1,\r\n', '2\r\n2]\r\n0\r\n\r\n').then((a) => a))).toEqual([1, 2])
    const raw = await fetch(`${url}/m/raw`, {
      method: 'POST',
      body: 'hello',
      headers: { 'content-type': 'application/json' },
    })
    expect(await raw.json()).toEqual({ text: 'hello' })
  })

  it.each(['//m/hi', '/m/./hi', '/x/../m/hi', '/m/hi/', '/m/%68i', '/m/hi;x', '/m/HI', '/m/hi%00', '/m\\hi', '*'])(
    'S115 answers 404 to the raw target %s',
    async (target) => {
      const { port } = await start()
      const answer = await converse(port, head('GET', target))
      expect([statusOf(answer), bodyOf(answer).code]).toEqual([404, 'not_found'])
    },
  )

  it.each(['TRACE', 'PROPFIND', 'BREW', 'CONNECT'])('S115 answers 405 to %s', async (method) => {
    const { port } = await start()
    const answer = await converse(port, head(method, method === 'CONNECT' ? 'x:443' : '/m/hi'))
    expect(statusOf(answer)).toBe(405)
    expect(answer.toLowerCase()).toContain('\r\nallow: get')
  })

  it('reads the whole-URL form without believing its authority', async () => {
    const { port } = await start()
    expect(statusOf(await converse(port, head('GET', 'http://evil.test/m/hi')))).toBe(200)
  })

  it.each([
    ['both lengths', head('POST', '/m/echo', 'content-length: 2\r\ntransfer-encoding: chunked\r\n'), 400],
    ['two lengths', head('POST', '/m/echo', 'content-length: 2\r\ncontent-length: 3\r\n'), 400],
    ['a bare line feed', 'GET /m/hi HTTP/1.1\nhost: x\n\n', 400],
    ['a folded header', head('GET', '/m/hi', 'x-a: b\r\n c\r\n'), 400],
    ['a NUL in a header', head('GET', '/m/hi', 'x-a: b\0c\r\n'), 400],
    ['no HTTP at all', 'hello\r\n\r\n', 405],
  ])('S116 refuses %s', async (_name, bytes, status) => {
    const { port } = await start()
    const answer = await converse(port, bytes)
    expect(statusOf(answer)).toBe(status)
    expect(bodyOf(answer)).toMatchObject({ requestId: expect.any(String) })
  })

  it('S65 shows both of two Authorization headers', async () => {
    const { port } = await start()
    const answer = await converse(port, head('GET', '/m/hi', 'authorization: Bearer a\r\nauthorization: Bearer b\r\n'))
    expect(bodyOf(answer).auth).toBe('Bearer a, Bearer b')
  })

  it('S113 answers 431 to headers over 16 KiB', async () => {
    const { port } = await start()
    const answer = await converse(port, head('GET', '/m/hi', `x-a: ${'a'.repeat(17_000)}\r\n`))
    expect([statusOf(answer), bodyOf(answer).code]).toEqual([431, 'payload_too_large'])
  })

  it('S113 answers 413 to a declared and to an endless body', async () => {
    const { port } = await start()
    const type = 'content-type: application/json\r\n'
    const declared = await converse(port, head('POST', '/m/echo', `${type}content-length: 1048577\r\n`), 'x')
    expect(statusOf(declared)).toBe(413)
    const chunk = Buffer.from(`10000\r\n${'x'.repeat(65_536)}\r\n`)
    const endless = await converse(
      port,
      head('POST', '/m/echo', `${type}transfer-encoding: chunked\r\n`),
      ...Array.from({ length: 100 }, () => chunk),
    )
    expect(statusOf(endless)).toBe(413)
  })

  it('keeps a connection usable after an answer that came before the body', async () => {
    const { port } = await start()
    const first = `POST /m/early HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 200000\r\n\r\n`
    const both = await converse(port, first, Buffer.alloc(200_000), head('GET', '/m/hi'))
    expect(both.match(/HTTP\/1\.1 200/g)).toHaveLength(2)
  })

  it('S114 closes slow headers and slow bodies with 408', async () => {
    const { port } = await start({ headerMs: 60, requestMs: 120 })
    const answers = await Promise.all([
      converse(port, 'GET /m/hi HTTP/1.1\r\nhost:'),
      converse(port, head('POST', '/m/echo', 'content-type: application/json\r\ncontent-length: 10\r\n'), '{'),
    ])
    for (const answer of answers) expect([statusOf(answer), bodyOf(answer).code]).toEqual([408, 'request_timeout'])
  })

  it('S114 closes silent connections', async () => {
    const { port } = await start({ headerMs: 60, requestMs: 120 })
    await converse(port)
  })

  it('S114 caps the connections of one address', async () => {
    const { port, url } = await start({ maxConnectionsPerAddress: 2 })
    const held = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
    await Promise.all(held.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    expect(await converse(port, head('GET', '/m/hi'))).toBe('')
    const closed = held.map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    for (const socket of held) socket.destroy()
    await Promise.all(closed)
    await expect
      .poll(() =>
        fetch(`${url}/m/hi`).then(
          (answer) => answer.status,
          () => 0,
        ),
      )
      .toBe(200)
  })

  it('S144 never writes a parser fault into a running answer', async () => {
    const later = gateway()
    const stream = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(Buffer.from('data: one\n\n'))
        await later.opened
        controller.close()
      },
    })
    const { port } = await start({}, [
      {
        method: 'GET',
        path: '/events',
        handle: () => ({ status: 200, stream, headers: { 'content-type': 'text/event-stream' } }),
      },
    ])
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(port, '127.0.0.1')
      let got = ''
      socket.on('data', (chunk) => {
        got += chunk
        if (got.includes('data: one')) socket.write('nonsense\r\n\r\n')
      })
      socket.on('error', () => {})
      socket.on('close', () => resolve(got))
      socket.write('GET /m/events HTTP/1.1\r\nhost: x\r\n\r\n')
    })
    later.open()
    expect(answer).toContain('text/event-stream; charset=utf-8')
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1)
  })

  it('holds no answer that is sent while its connection rests', async () => {
    const server = await start()
    const sent: WeakRef<ServerResponse>[] = []
    server.server.on('request', (_incoming: IncomingMessage, outgoing: ServerResponse) => {
      sent.push(new WeakRef(outgoing))
    })
    const socket = connect(server.port, '127.0.0.1')
    cleanups.push(async () => socket.destroy())
    for (const count of [1, 2, 3]) {
      socket.write('GET /m/hi HTTP/1.1\r\nhost: auth.test\r\n\r\n')
      await once(socket, 'data')
      expect(sent).toHaveLength(count)
    }
    const areGone = () => {
      collectGarbage()
      return sent.every((answer) => answer.deref() === undefined)
    }
    await vi.waitUntil(areGone, { timeout: 30_000 })
  })

  it('knows when whoever asked has hung up, and not before', async () => {
    const arrived = gateway()
    const seen: boolean[] = []
    const noticed = gateway()
    const handle = async (x: Exchange) => {
      await x.json()
      seen.push(x.isGone)
      arrived.open()
      await vi.waitUntil(() => x.isGone, { timeout: 30_000 })
      seen.push(x.isGone)
      noticed.open()
      return json(200, null)
    }
    const server = await start({}, [{ method: 'POST', path: '/wait', handle }])
    const socket = connect(server.port, '127.0.0.1')
    const head = 'POST /m/wait HTTP/1.1\r\nhost: auth.test\r\ncontent-type: application/json\r\ncontent-length: 2'
    socket.write(`${head}\r\n\r\n{}`)
    await arrived.opened
    socket.destroy()
    await noticed.opened
    expect(seen).toEqual([false, true])
  })

  it('cancels a stream when its reader leaves', async () => {
    const cancelled = gateway()
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(Buffer.from('x')),
      cancel: () => cancelled.open(),
    })
    const { port } = await start({}, [{ method: 'GET', path: '/events', handle: () => ({ status: 200, stream }) }])
    request({ port, host: '127.0.0.1', path: '/m/events' }, (answer) =>
      answer.once('data', () => answer.destroy()),
    ).end()
    await cancelled.opened
  })

  it('lets running requests finish before it closes', async () => {
    const begun = gateway()
    const go = gateway()
    const slow: Route = {
      method: 'GET',
      path: '/slow',
      handle: async () => {
        begun.open()
        await go.opened
        return json(200, 'done')
      },
    }
    const server = await start({}, [slow])
    const running = converse(server.port, 'GET /m/slow HTTP/1.1\r\nhost: x\r\n\r\n')
    await begun.opened
    const closed = server.close(5000)
    await expect(fetch(`${server.url}/m/hi`)).rejects.toThrow()
    go.open()
    expect(await running).toMatch(/200 OK[\s\S]*connection: close[\s\S]*"done"$/i)
    await closed
  })

  it('cuts off what does not finish in time', async () => {
    const begun = gateway()
    const stuck: Route = {
      method: 'GET',
      path: '/stuck',
      handle: () => {
        begun.open()
        return new Promise(() => {})
      },
    }
    const server = await start({}, [stuck])
    const running = converse(server.port, head('GET', '/m/stuck'))
    await begun.opened
    await server.close(20)
    expect(await running).toBe('')
  })

  it('rejects when the port is taken', async () => {
    const { port } = await start()
    const again = serve(makeApp(), { host: '127.0.0.1', port, runtime: systemRuntime() })
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })
})

describe('nodeHandler', () => {
  it('passes on what no mount claims, and only that', async () => {
    const handler = nodeHandler(makeApp())
    const host = createServer((incoming, outgoing) => {
      outgoing.setHeader('X-Powered-By', 'Host')
      handler(incoming, outgoing, () => outgoing.end('host'))
    })
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve))
    cleanups.push(() => new Promise((resolve) => host.close(resolve)))
    const address = host.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
    const answers = await Promise.all(['/m/hi?x=1', '/m/nope', '/other'].map((path) => fetch(url + path)))
    expect(answers.map((answer) => answer.status)).toEqual([200, 404, 200])
    expect(answers.map((answer) => answer.headers.get('x-powered-by'))).toEqual([null, null, 'Host'])
    host.closeAllConnections()
  })
})
