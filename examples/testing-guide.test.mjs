import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createClient } from '@watchword/client'
import { transformSync } from 'rolldown/utils'
import { afterAll, describe, expect, it } from 'vitest'

const guide = await readFile(new URL('../docs/guides/testing.md', import.meta.url), 'utf8')
/** Below the root, so that what it may import is found. */
const cache = fileURLToPath(new URL('../.cache/', import.meta.url))
const made = []
afterAll(async () => {
  for (const folder of made) await rm(folder, { recursive: true })
})

/** What the block below a heading exports. @param url where the server is */
async function block(heading, url = '') {
  const [, below = ''] = guide.split(`## ${heading}\n`)
  const code = /^```ts\n(.*?)^```$/ms.exec(below)?.[1]
  if (code === undefined) throw new Error(`the guide has no code below «${heading}»`)
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(join(cache, 'testing-guide-'))
  made.push(folder)
  const file = join(folder, 'block.mjs')
  await writeFile(file, transformSync('block.ts', code.replace('http://localhost:8787', url)).code)
  return import(pathToFileURL(file).href)
}

describe('the guide to testing', () => {
  it('starts a server in which somebody signs up with the code of the inbox, and stops it', async () => {
    const { startAuth } = await block("In the test's process")
    const server = await startAuth()
    const { codeFor } = await block('The inbox', server.url)
    const auth = createClient(server.url)
    const begun = await auth.signUp({ email: 'ada@example.test', password: 'seven quiet otters' })
    expect(begun.data?.status).toBe('pending')
    const done = await begun.data.attempt.answer({ code: await codeFor('ada@example.test') })
    expect(done.data?.status).toBe('complete')
    auth.dispose()
    await server.close()
    await expect(fetch(server.url)).rejects.toThrow()
  })
})
