import { Hono } from 'hono'
import { describe, expectTypeOf, it } from 'vitest'
import { createAccount } from '../src/account/index.ts'
import type { Reply } from '../src/base/result.ts'
import {
  type Attempt,
  type AuthError,
  type AuthState,
  type Client,
  type ClientOptions,
  type Complete,
  createClient,
  type ErrorCode,
  type Outcome,
  type Result,
  type Step,
  type TokenUser,
  type User,
  unwrap,
  type VerifiedUser,
} from '../src/index.ts'
import { createPasskeys } from '../src/passkeys/index.ts'
import type { expressGuard, honoGuard, ServerClient, VerifiedToken } from '../src/server/index.ts'

type Answer<Method extends (...input: never[]) => Promise<unknown>> = Awaited<ReturnType<Method>>

/** What the compiler holds us to; `npm run check` reads this file as well. */
describe('types', () => {
  it('know after a look at `error` whether there is data', () => {
    const read = ({ data, error }: Result<User>) => {
      if (error !== null) expectTypeOf(data).toEqualTypeOf<null>()
      else expectTypeOf(data).toEqualTypeOf<User>()
    }
    expectTypeOf(read).toBeFunction()
    expectTypeOf<Answer<Client['me']['update']>>().toEqualTypeOf<Result<User>>()
    expectTypeOf(unwrap<User>).returns.resolves.toEqualTypeOf<User>()
  })

  it('have no null in the data of a client that throws', () => {
    const throwing = () => createClient({ url: 'http://localhost', throwOnError: true })
    expectTypeOf(throwing).returns.toEqualTypeOf<Client<true>>()
    expectTypeOf<Answer<Client<true>['me']['update']>['data']>().toEqualTypeOf<User>()
    expectTypeOf<Answer<Client<true>['me']['update']>['error']>().toEqualTypeOf<null>()
    const rooms = () => ({ account: createAccount(throwing()), passkeys: createPasskeys(throwing()) })
    type Rooms = ReturnType<typeof rooms>
    expectTypeOf<Answer<Rooms['account']['removeEmail']>['data']>().toEqualTypeOf<User>()
    expectTypeOf<Answer<Rooms['passkeys']['signIn']>['data']>().toEqualTypeOf<Outcome<true>>()
  })

  it('lead an outcome to its end', () => {
    const follow = (outcome: Outcome) => {
      if (outcome.status === 'complete') return void expectTypeOf(outcome).toEqualTypeOf<Complete>()
      expectTypeOf(outcome.attempt).toEqualTypeOf<Attempt>()
      expectTypeOf(outcome.attempt.answer({ code: '' })).toEqualTypeOf<Reply<Outcome>>()
    }
    expectTypeOf(follow).toBeFunction()
    type Names = 'choose' | 'code' | 'totp_setup' | 'passkey' | 'wallet' | 'redirect' | 'accept'
    expectTypeOf<Step['type']>().toEqualTypeOf<Names>()
    expectTypeOf<Extract<Step, { type: 'totp_setup' }>>().toHaveProperty('qr')
  })

  it('hand an attempt of the same kind to whoever asks for a proof', () => {
    type Asked<Options extends ClientOptions<boolean>> = Parameters<NonNullable<Options['onElevationNeeded']>>[0]
    expectTypeOf<Asked<ClientOptions>>().toEqualTypeOf<Attempt>()
    expectTypeOf<Asked<ClientOptions<true>>>().toEqualTypeOf<Attempt<true>>()
    const asking = () =>
      createClient({
        url: 'http://localhost',
        throwOnError: true,
        async onElevationNeeded(attempt) {
          const { data } = await attempt.answer({ option: 'password', password: '' })
          expectTypeOf(data).toEqualTypeOf<Outcome<true>>()
        },
      })
    expectTypeOf(asking).returns.toEqualTypeOf<Client<true>>()
    expectTypeOf<{ url: string; onElevationNeeded: () => void }>().not.toExtend<ClientOptions>()
  })

  it('let what stands behind a guard of Express answer with anything', () => {
    // As Express has it: what may be sent is guessed from all handlers of a route.
    interface Answer<Body> {
      status(code: number): Answer<Body>
      json(body: Body): Answer<Body>
    }
    type Handler<Body> = (
      request: { headers: { cookie?: string } },
      response: Answer<Body>,
      next: () => void,
    ) => unknown
    const route = <Body>(...handlers: Handler<Body>[]) => handlers
    const guardedRoute = (guard: ReturnType<typeof expressGuard>) =>
      route(guard, (_, response) => response.json('a text alone'))
    expectTypeOf(guardedRoute).toBeFunction()
  })

  it('let an app of Hono say what its guard leaves', () => {
    const app = (guard: ReturnType<typeof honoGuard>) =>
      new Hono<{ Variables: { auth: VerifiedToken } }>().use('/things/*', guard).get('/things', (c) => {
        expectTypeOf(c.get('auth').user.id).toBeString()
        return c.json({ owner: c.get('auth').user.id })
      })
    expectTypeOf(app).toBeFunction()
  })

  it('name every code', () => {
    expectTypeOf<'invalid_credentials'>().toExtend<ErrorCode>()
    expectTypeOf<'network_error'>().toExtend<ErrorCode>()
    expectTypeOf<'no_such_code'>().not.toExtend<ErrorCode>()
    expectTypeOf<AuthError['code']>().toEqualTypeOf<ErrorCode>()
    expectTypeOf<AuthError['fields']>().toEqualTypeOf<Readonly<Record<string, string>>>()
    expectTypeOf<AuthError['attempt']>().toEqualTypeOf<Attempt | null>()
  })

  it('say who is in, and how well that is known', () => {
    type In = Extract<AuthState, { status: 'signed_in' }>
    expectTypeOf<In['user']>().toEqualTypeOf<User>()
    expectTypeOf<Extract<AuthState, { status: 'signed_out' }>['reason']>().toEqualTypeOf<string | null>()
    expectTypeOf<Extract<VerifiedUser, { verified: 'local' }>['user']>().toEqualTypeOf<TokenUser>()
    expectTypeOf<Extract<VerifiedUser, { verified: 'server' }>['user']>().toEqualTypeOf<User>()
  })

  it('offer nothing on a server that a cookie alone would answer', () => {
    expectTypeOf<keyof ServerClient>().not.toEqualTypeOf<keyof Client>()
    expectTypeOf<'state' | 'getSession' | 'onChange'>().not.toExtend<keyof ServerClient>()
    expectTypeOf<NonNullable<Answer<ServerClient['unverifiedSession']>>['unverified']>().toEqualTypeOf<true>()
  })
})
