import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { join, json, sql } from '#src/storage/sql.ts'
import { type OpenStore, openStore, stores } from './rooms.ts'

/** What people and scanners type into fields. */
const hostile = [
  "'",
  "''; drop table t; --",
  '"; delete from t; --',
  '$1',
  '\\',
  '%_\\%',
  "E'\\x00'",
  '/* */ or 1=1',
  '; select pg_sleep(10)',
  '$$;drop table t;$$',
  '\u202e\u0001\u007f',
  '🦦',
  ' auth.users schema auth ',
]

describe.each(stores)('statements on the %s store', (kind) => {
  const world: { store?: OpenStore } = {}
  const database = () => {
    if (world.store === undefined) throw new Error('not started')
    return world.store.database
  }
  beforeAll(async () => {
    world.store = await openStore(kind)
    await database().script("create table t (a text, b text); insert into t values ('one', 'x'), ('two', 'y')")
  })
  afterAll(() => world.store?.close())

  it('bind every value, whatever it says', async () => {
    for (const value of hostile) {
      expect(await database().query(sql`select ${value}::text as back`)).toEqual([{ back: value }])
      expect(await database().query(sql`select a from t where a = ${value}`)).toEqual([])
      expect(await database().query(sql`select ${json({ [value]: value })}::jsonb as back`)).toEqual([
        { back: { [value]: value } },
      ])
    }
    expect(await database().query(sql`select count(*)::int as count from t`)).toEqual([{ count: 2 }])
  })

  it('bind arrays, instants, bytes, numbers and nothing', async () => {
    const at = new Date('2026-02-28T23:59:59.999Z')
    expect(
      await database().query(sql`select ${hostile}::text[] as list, ${at}::timestamptz as at, ${12}::int as number,
        ${null}::text as nothing, ${true}::bool as yes`),
    ).toEqual([{ list: hostile, at, number: 12, nothing: null, yes: true }])
    const [row] = await database().query<{ bytes: Uint8Array }>(
      sql`select ${Buffer.from([0, 255, 39])}::bytea as bytes`,
    )
    expect([...(row?.bytes ?? [])]).toEqual([0, 255, 39])
  })

  it('splice nothing that merely looks like a statement', async () => {
    const forged: unknown = JSON.parse(`{"text":"(select 'spliced')","values":[],"name":"x"}`)
    const back = await database()
      .query<{ back: string }>(sql`select ${forged}::text as back`)
      .then(
        ([row]) => row?.back,
        () => 'refused',
      )
    expect(back).not.toBe('spliced')
  })

  it('number the values of nested statements in the order they stand', async () => {
    const inner = sql`b = ${'x'} or b = ${'y'}`
    const statement = sql`select a from t where a <> ${'zero'} and (${inner}) and a = ${'two'} and ${join([sql`a = ${'two'}`, sql`b = ${'y'}`], ' and ')}`
    expect(statement.values).toEqual(['zero', 'x', 'y', 'two', 'two', 'y'])
    expect(statement.text.match(/\$\d/g)).toEqual(['$1', '$2', '$3', '$4', '$5', '$6'])
    expect(await database().query(statement)).toEqual([{ a: 'two' }])
  })

  it('have one name for one text and another for another, whatever the values', async () => {
    const find = (a: string) => sql`select b from t where a = ${a}`
    expect(find('one').name).toBe(find('two').name)
    expect(find('one').name).not.toBe(sql`select a from t where b = ${'x'}`.name)
    const nested = (a: string) => sql`select b from t where ${sql`a = ${a}`}`
    expect(nested('one').name).toBe(nested('two').name)
    expect(nested('one').text).toBe(find('one').text)
    expect(nested('one').name).toBe(find('one').name)
    expect(await database().query(find('one'))).toEqual([{ b: 'x' }])
    expect(await database().query(nested('two'))).toEqual([{ b: 'y' }])
  })

  it('join nothing to nothing', () => {
    expect(join([], ', ')).toMatchObject({ text: '', values: [] })
  })
})

describe.each(stores)('transactions on the %s store', (kind) => {
  const world: { store?: OpenStore } = {}
  const database = () => {
    if (world.store === undefined) throw new Error('not started')
    return world.store.database
  }
  beforeAll(async () => {
    world.store = await openStore(kind)
    await database().script('create table t (n int unique)')
  })
  afterAll(() => world.store?.close())

  it('are kept whole or not at all', async () => {
    await database().transaction(async (tx) => {
      await tx.query(sql`insert into t values (1)`)
      await tx.query(sql`insert into t values (2)`)
    })
    await expect(
      database().transaction(async (tx) => {
        await tx.query(sql`insert into t values (3)`)
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    await expect(
      database().transaction(async (tx) => {
        await tx.query(sql`insert into t values (4)`)
        await tx.query(sql`insert into t values (1)`)
      }),
    ).rejects.toMatchObject({ name: 'Duplicate', index: 't_n_key' })
    expect(await database().query(sql`select n from t order by n`)).toEqual([{ n: 1 }, { n: 2 }])
  })

  it('leave connections as they were, after failures too', async () => {
    for (const _ of Array.from({ length: 30 }))
      await database()
        .transaction((tx) => tx.query(sql`select 1 / 0`))
        .catch(() => undefined)
    const many = Array.from({ length: 30 }, (_, index) =>
      database().transaction((tx) => tx.query<{ n: number }>(sql`select ${index}::int as n`)),
    )
    expect((await Promise.all(many)).map(([row]) => row?.n)).toEqual(Array.from({ length: 30 }, (_, index) => index))
  })
})
