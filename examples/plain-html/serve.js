import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, extname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'

const types = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript' }
const client = dirname(fileURLToPath(import.meta.resolve('@watchword/client')))
const here = dirname(fileURLToPath(import.meta.url))
const prefix = '/node_modules/@watchword/client/dist/'

/** Any static server would do: the page, and the client's files as they were installed. */
export function createPageServer(change = (text) => text) {
  return createServer(async (request, response) => {
    const path = normalize(new URL(request.url, 'http://localhost').pathname)
    const file = path.startsWith(prefix) ? join(client, path.slice(prefix.length)) : join(here, 'index.html')
    try {
      const text = await readFile(file, 'utf8')
      response.writeHead(200, { 'content-type': types[extname(file)] ?? 'text/plain' }).end(change(text))
    } catch {
      response.writeHead(404).end()
    }
  })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  createPageServer().listen(5173, 'localhost', () => process.stdout.write('http://localhost:5173\n'))
}
