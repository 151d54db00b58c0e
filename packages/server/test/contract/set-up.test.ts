import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { launchChromium } from '../set-up/chromium.ts'
import { pgBouncerBefore } from '../set-up/pgbouncer.ts'
import { freshDatabase, ownPostgres } from '../set-up/postgres.ts'

async function answerOf(url: string, statement: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query({ text: statement, rowMode: 'array' })).rows[0]?.[0]
  } finally {
    await client.end()
  }
}

describe('the world that suites stand on', () => {
  const cleanUp: (() => unknown)[] = []
  afterAll(async () => {
    for (const step of cleanUp.reverse()) await step()
  })

  it('gives each asker an empty database of its own on a server that keeps its promises', async () => {
    const [one, other] = await Promise.all([freshDatabase(), freshDatabase()])
    cleanUp.push(one.drop, other.drop)
    expect(one.url).not.toBe(other.url)
    expect(
      await answerOf(one.url, "select count(*)::int from information_schema.tables where table_schema = 'public'"),
    ).toBe(0)
    expect(await answerOf(one.url, 'show fsync')).toBe('on')
  })

  it('lets a test crash a server of its own and brings back what was committed', async () => {
    const server = await ownPostgres()
    cleanUp.push(server.remove)
    const { url } = await server.freshDatabase()
    await answerOf(url, 'create table kept as select 7 as n')
    await server.stop()
    await expect(answerOf(url, 'select n from kept')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await server.start()
    expect(await answerOf(url, 'select n from kept')).toBe(7)
  })

  it('puts a PgBouncer before a database', async () => {
    const database = await freshDatabase()
    cleanUp.push(database.drop)
    const pooled = await pgBouncerBefore(database.url)
    cleanUp.push(pooled.stop)
    expect(await answerOf(pooled.url, 'select current_database()')).toBe(new URL(database.url).pathname.slice(1))
  })

  it('opens pages in a real browser', async () => {
    const browser = await launchChromium()
    cleanUp.push(() => browser.close())
    const page = await browser.newPage()
    await page.setContent('<h1>Watchword</h1>')
    expect(await page.textContent('h1')).toBe('Watchword')
  })
})
