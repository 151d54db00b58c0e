import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from '#src/storage/sql.ts'
import { type OpenStore, openStore, stores } from './rooms.ts'

describe.each(stores)('statements asked for at once on the %s store', (kind) => {
  const world: { store?: OpenStore } = {}
  const database = () => {
    if (world.store === undefined) throw new Error('not started')
    return world.store.database
  }
  const numbers = Array.from({ length: 100 }, (_, index) => index)
  beforeAll(async () => {
    world.store = await openStore(kind)
    await database().script('create table t (n int unique, at timestamptz)')
  })
  afterAll(() => world.store?.close())

  it('get each their own answer', async () => {
    const answers = await Promise.all(
      numbers.map((n) =>
        database().query(n % 2 === 0 ? sql`select ${n}::int as n` : sql`select ${n}::int as odd, 1 as one`),
      ),
    )
    expect(answers).toEqual(numbers.map((n) => [n % 2 === 0 ? { n } : { odd: n, one: 1 }]))
  })

  it('fail alone', async () => {
    const outcomes = await Promise.allSettled(
      numbers.map((n) => database().query(sql`select 10 / ${n % 10}::int as n`)),
    )
    expect(outcomes.map(({ status }) => status)).toEqual(numbers.map((n) => (n % 10 === 0 ? 'rejected' : 'fulfilled')))
    expect(await database().query(sql`select 10 / ${5}::int as n`)).toEqual([{ n: 2 }])
  })

  it('are each kept whatever becomes of the others', async () => {
    await Promise.allSettled(numbers.map((n) => database().query(sql`insert into t (n) values (${n % 50})`)))
    expect(await database().query(sql`select count(*)::int as count from t`)).toEqual([{ count: 50 }])
  })

  it('are done in order inside a transaction, and kept whole or not at all', async () => {
    await database().transaction((tx) =>
      Promise.all([
        tx.query(sql`insert into t (n) values (${1000})`),
        tx.query(sql`update t set n = n + 1 where n = ${1000}`),
        tx.query(sql`update t set n = n * 2 where n = ${1001}`),
      ]),
    )
    await expect(
      database().transaction((tx) =>
        Promise.all([
          tx.query(sql`insert into t (n) values (${3000})`),
          tx.query(sql`insert into t (n) values (${2002})`),
          tx.query(sql`insert into t (n) values (${3001})`),
        ]),
      ),
    ).rejects.toMatchObject({ name: 'Duplicate' })
    expect(await database().query(sql`select n from t where n >= 1000`)).toEqual([{ n: 2002 }])
  })

  it('read instants to the millisecond, whatever the time zone of the session', async () => {
    const at = new Date('2024-02-29T23:59:59.987Z')
    const read = sql`select ${at}::timestamptz as at, ${null}::timestamptz as never, '-infinity'::timestamptz as ever`
    const rows = await database().transaction(async (tx) => {
      const utc = await tx.query(read)
      await tx.query(sql`set local timezone = 'Asia/Kathmandu'`)
      return [...utc, ...(await tx.query(read))]
    })
    expect(rows).toMatchObject([
      { at, never: null },
      { at, never: null },
    ])
  })
})
