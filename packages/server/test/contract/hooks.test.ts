import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { askPostgres } from '#src/core/hooks/ask-postgres.ts'
import type { HookPlaces } from '#src/core/hooks/hook.ts'
import { createHooks, type Hooks } from '#src/core/hooks/hooks.ts'
import { defaultSettings } from '#src/core/settings/defaults.ts'
import { createUser } from '#src/flows/admin/create-user.ts'
import { refresh } from '#src/flows/session/refresh.ts'
import { signInWithPassword } from '#src/flows/sign-in/with-password.ts'
import { signUpAnonymously } from '#src/flows/sign-up/anonymously.ts'
import type { Database, Sql } from '#src/storage/database.ts'
import { sql } from '#src/storage/sql.ts'
import { movableRuntime } from '../world/clock.ts'
import { aCaller, type CoreWorld, startCore } from '../world/core.ts'
import { type OpenStore, openStore, stores } from './rooms.ts'

const functions = `
  create schema app;
  create table app.asked (name text, email text);
  create function app.yes(event jsonb) returns jsonb language plpgsql as $$ begin
    insert into app.asked values (event->'metadata'->>'name', event->'user'->>'email');
    return '{}'::jsonb;
  end $$;
  create function app.no(event jsonb) returns jsonb language plpgsql as $$ begin
    insert into app.asked values ('no', event->'user'->>'email');
    return jsonb_build_object('error', jsonb_build_object('http_code', 403, 'message', 'Only for members.'));
  end $$;
  create function app.echo(event jsonb) returns jsonb language sql as $$ select event $$;
  create function app.nothing(event jsonb) returns jsonb language sql as $$ select null::jsonb $$;
  create function app.odd(event jsonb) returns jsonb language sql as $$ select '[1]'::jsonb $$;
  create function app.fails(event jsonb) returns jsonb language plpgsql as $$ begin
    insert into app.asked values ('fails', '');
    raise exception 'the inside of the application';
  end $$;
  create function app.slow(event jsonb) returns jsonb language plpgsql as $$ begin
    insert into app.asked values ('slow', '');
    perform pg_sleep(0.4);
    return '{}'::jsonb;
  end $$;`

describe.each(stores)('hooks that are functions of the database, on %s', (kind) => {
  let store: OpenStore
  const { runtime } = movableRuntime()
  beforeAll(async () => {
    store = await openStore(kind)
    await store.database.script(functions)
  })
  afterAll(() => store.close())

  const hooksAt = (name: string): Hooks =>
    createHooks({
      database: store.database,
      runtime,
      places: { beforeUserCreated: { kind: 'postgres', schema: 'app', name } },
      http: { outbound: {} },
    })
  const ask = (name: string) =>
    hooksAt(name)
      .ask('beforeUserCreated', { input: { user: { email: "o'brien@example.test" } }, ip: '192.0.2.1' })
      .catch((error: { code: string; message: string; details: object }) => [error.code, error.message, error.details])
  const askedOf = async (name: string) =>
    (await store.database.query(sql`select * from app.asked where name = ${name}`)).length

  it('are called with the event, and what they write stays', async () => {
    expect(await ask('yes')).toEqual({})
    expect(await store.database.query(sql`select * from app.asked where name = 'before-user-created'`)).toEqual([
      { name: 'before-user-created', email: "o'brien@example.test" },
    ])
    expect(await ask('echo')).toMatchObject({ metadata: { name: 'before-user-created', ip_address: '192.0.2.1' } })
  })

  it('say no, and what they wrote about it stays', async () => {
    expect(await ask('no')).toEqual(['hook_rejected', 'Only for members.', { status: 403 }])
    expect(await askedOf('no')).toBe(1)
  })

  it('close the door where they fail, are not there or answer nothing of use, without a word from inside', async () => {
    const said = 'The application could not be asked. Please try again.'
    for (const name of ['fails', 'missing'])
      expect(await ask(name)).toEqual(['hook_unavailable', said, { reason: 'fault' }])
    for (const name of ['nothing', 'odd'])
      expect(await ask(name)).toEqual(['hook_unavailable', said, { reason: 'answer' }])
    expect(await askedOf('fails')).toBe(0)
    expect(await ask('yes')).toEqual({})
  })

  it('close the door where they take too long, and leave nothing behind', async () => {
    const call = {
      id: '',
      at: runtime.now(),
      input: { metadata: { uuid: '', time: '', name: 'send-sms', ip_address: '' } },
    } as const
    const asked = askPostgres(
      { database: store.database, now: runtime.now },
      { kind: 'postgres', schema: 'app', name: 'slow' },
      call,
      0.2,
    )
    await expect(asked).rejects.toMatchObject({
      code: 'hook_unavailable',
      details: { reason: 'timeout', seconds: 0.2 },
    })
    expect(await askedOf('slow')).toBe(0)
  })

  it('their name is a name, never a piece of a statement', async () => {
    for (const name of ['yes"(null);drop schema app cascade;--', 'yes; select 1', '', 'a.b'])
      expect(await ask(name)).toMatchObject(['hook_unavailable', expect.anything(), { reason: 'fault' }])
    expect(await ask('yes')).toEqual({})
  })
})

describe('questions to hooks that come up inside a transaction', () => {
  let world: CoreWorld
  const asked: unknown[] = []
  const state = { during: async () => {} }
  const places: HookPlaces = {
    beforeUserCreated: {
      kind: 'function',
      run: async (input) => {
        asked.push(input['user'])
        await state.during()
      },
    },
  }
  beforeAll(async () => {
    world = await startCore('postgres', { signUp: { ...defaultSettings.signUp, anonymous: true } }, places)
  })
  afterAll(() => world.close())

  it('are asked outside of it: no lock is held meanwhile', async () => {
    state.during = async () => {
      const [row] = await world.database.query<{ open: number }>(
        sql`select count(*)::int as open from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'`,
      )
      expect(row?.open).toBe(0)
    }
    const { user } = await signUpAnonymously(world.core, aCaller(), {})
    expect(asked).toEqual([expect.objectContaining({ id: user.id, is_anonymous: true })])
    state.during = async () => {}
  })

  it('cannot be asked directly there', async () => {
    const inside = world.core.transaction((tx) => tx.hooks.ask('beforeUserCreated', { input: {}, ip: null }))
    await expect(inside).rejects.toThrow('inside a transaction')
  })

  it('are asked once for one key, and end where each round asks something else', async () => {
    asked.length = 0
    let rounds = 0
    const stable = world.core.transaction(async (tx) => {
      rounds += 1
      await tx.hooks.settle('beforeUserCreated', 'a', () => ({ input: { user: 'a' }, ip: null }))
      await tx.hooks.settle('beforeUserCreated', 'b', () => ({ input: { user: 'b' }, ip: null }))
      return tx.hooks.settle('beforeUserCreated', 'a', () => ({ input: { user: 'never' }, ip: null }))
    })
    expect(await stable).toMatchObject({ question: { input: { user: 'a' } } })
    expect([asked, rounds]).toEqual([['a', 'b'], 3])
    const restless = world.core.transaction((tx) =>
      tx.hooks.settle('beforeUserCreated', crypto.randomUUID(), () => ({ input: { user: 'x' }, ip: null })),
    )
    await expect(restless).rejects.toMatchObject({ code: 'unavailable' })
  })
})

describe('what hooks cost', () => {
  const counted = { statements: 0, transactions: 0 }
  const counting = (sqlOf: Sql): Sql => ({
    query: (statement) => {
      counted.statements += 1
      return sqlOf.query(statement)
    },
  })
  const around = (database: Database): Database => ({
    ...database,
    ...counting(database),
    transaction(work) {
      counted.transactions += 1
      return database.transaction((on) => work(counting(on)))
    },
  })

  /** Statements and transactions of a sign-in with a password and of a refresh. */
  async function costsOf(hooks: HookPlaces): Promise<readonly number[]> {
    const world = await startCore('embedded', {}, hooks, around)
    const [email, password] = ['jo@example.test', 'correct horse battery 9']
    const actor = { type: 'system', id: 'test' } as const
    await createUser(world.core, aCaller(), actor, { way: 'admin', email, password, emailConfirmed: true })
    const costs: number[] = []
    const run = async <T>(work: () => Promise<T>): Promise<T> => {
      Object.assign(counted, { statements: 0, transactions: 0 })
      const done = await work()
      costs.push(counted.statements, counted.transactions)
      return done
    }
    const signIn = () => signInWithPassword(world.core, aCaller(), { address: { email }, password })
    await signIn()
    const signedIn = await run(signIn)
    if (signedIn.kind !== 'complete') throw new Error('not signed in')
    await run(() => refresh(world.core, aCaller(), signedIn.grant.refreshToken))
    await world.close()
    return costs
  }

  it('nothing of the database, unless they are in it: a sign-in and a refresh do what they did', async () => {
    const bare = await costsOf({})
    const run = ({ claims }: { claims?: object } = {}) => ({ claims, decision: 'continue' })
    const asked = await costsOf({
      customAccessToken: { kind: 'function', run },
      passwordVerificationAttempt: { kind: 'function', run },
      beforeUserCreated: { kind: 'function', run },
      afterUserCreated: { kind: 'function', run },
    })
    expect(asked).toEqual(bare)
    expect(bare.slice(1)).toEqual([1, 1, 0])
  })
})
