import { createClient as createSupabase } from '@supabase/supabase-js'
import { createClient } from '@watchword/client'
import { describe, expectTypeOf, it } from 'vitest'
import type {
  AuthProvider,
  AuthProviderProps,
  OAuthButton,
  Session,
  SignInForm,
  useAuth,
  useUser,
} from '../src/index.ts'

type Context = ReturnType<typeof useAuth>
type Props<Component extends (props: never) => unknown> = Parameters<Component>[0]

/** What the compiler holds us to; `npm run check` reads this file as well. */
describe('types', () => {
  it("have Altan's three members, and the documented session", () => {
    expectTypeOf<Context>().toHaveProperty('service')
    expectTypeOf<Context['session']>().toEqualTypeOf<Session | null>()
    expectTypeOf<Context['loading']>().toEqualTypeOf<boolean>()
    expectTypeOf<Session['expires_at']>().toEqualTypeOf<number>()
    expectTypeOf<Session['refresh_token']>().toEqualTypeOf<string>()
    expectTypeOf<Session['user']['email']>().toEqualTypeOf<string>()
    expectTypeOf<Session['user']['user_metadata']['name']>().toEqualTypeOf<string>()
    expectTypeOf<Session['user']['user_metadata']['surname']>().toEqualTypeOf<string>()
    expectTypeOf<Session['user']['user_metadata']['avatar']>().toEqualTypeOf<string | null | undefined>()
    expectTypeOf<ReturnType<typeof useUser>>().toEqualTypeOf<Context['user']>()
  })

  it('have the seven deeds', () => {
    type Service = Context['service']
    expectTypeOf<[string, string] | [string, string, string, string]>().toExtend<Parameters<Service['signUp']>>()
    expectTypeOf<Service['signUp']>().returns.resolves.toHaveProperty('session').toEqualTypeOf<Session | null>()
    expectTypeOf<Service['signUp']>().returns.resolves.toHaveProperty('user').toEqualTypeOf<Session['user'] | null>()
    expectTypeOf<Service['signIn']>().returns.resolves.toHaveProperty('session').toEqualTypeOf<Session>()
    expectTypeOf<Service['signInWithOAuth']>().returns.resolves.toEqualTypeOf<{ session: Session; provider: string }>()
    expectTypeOf<Service['signOut']>().returns.resolves.toEqualTypeOf<void>()
    expectTypeOf<Service['getSession']>().returns.resolves.toHaveProperty('data')
    expectTypeOf<Service['getUser']>().returns.resolves.toHaveProperty('error')
    expectTypeOf<Service['onAuthStateChange']>().returns.toHaveProperty('data')
  })

  it("take our client, an address, or Supabase's client as it is, and never none or two of them", () => {
    const client = () => createClient('http://localhost')
    const supabase = () => createSupabase('http://localhost', 'key')
    expectTypeOf({ client: client() }).toExtend<AuthProviderProps>()
    expectTypeOf({ url: 'http://localhost', publishableKey: 'wwp_key' }).toExtend<AuthProviderProps>()
    expectTypeOf<{ supabase: ReturnType<typeof supabase> }>().toExtend<AuthProviderProps>()
    expectTypeOf({
      url: '',
      mode: 'cookie',
      locale: 'de',
      onElevationNeeded: async () => {},
    } as const).toExtend<AuthProviderProps>()
    expectTypeOf({ client: client(), onElevationNeeded: async () => {} }).not.toExtend<AuthProviderProps>()
    expectTypeOf<{ children: null }>().not.toExtend<AuthProviderProps>()
    expectTypeOf<{ url: string; supabase: ReturnType<typeof supabase> }>().not.toExtend<AuthProviderProps>()
    expectTypeOf<Props<typeof AuthProvider>>().toEqualTypeOf<AuthProviderProps>()
  })

  it('name what the forms and the button take', () => {
    expectTypeOf<{ onSuccess: () => void; onError: (error: Error) => void }>().toExtend<Props<typeof SignInForm>>()
    expectTypeOf<Props<typeof OAuthButton>>().toHaveProperty('provider').toEqualTypeOf<string>()
    expectTypeOf<{ options: object }>().not.toExtend<Props<typeof OAuthButton>>()
  })
})
