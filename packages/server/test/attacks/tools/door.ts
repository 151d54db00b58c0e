import type { World } from '../../world/world.ts'
import { nativeDoor } from './native-door.ts'
import type { Reply, Send } from './reply.ts'
import { supabaseDoor } from './supabase-door.ts'

/** What a mailed code is good for. */
export type Kind = 'sign_up' | 'sign_in' | 'recovery' | 'email_change' | 'invite'

/** What an answer to a mailed code needs: who asked, where it went, and the flow it belongs to. */
export interface Typed {
  readonly kind: Kind
  readonly email: string
  readonly code: string
  /** The answer that began the flow; dialects without handles do not look at it. */
  readonly begun?: Reply | undefined
  readonly token?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
}

export type More = Pick<Send, 'headers'>

/** One wire format, with the same names for the same acts. */
export interface Door {
  readonly name: 'native' | 'supabase'
  /** Base of its paths. */
  readonly base: string
  signUp(input: SignUp, more?: More): Promise<Reply>
  signIn(email: unknown, password: unknown, more?: More): Promise<Reply>
  guest(): Promise<Reply>
  sendCode(email: unknown, more?: More & { readonly createUser?: boolean }): Promise<Reply>
  recover(email: unknown, more?: More & Return): Promise<Reply>
  /** The sign-up mail once more. */
  resend(email: unknown, begun: Reply | undefined): Promise<Reply>
  type(typed: Typed): Promise<Reply>
  refresh(token: string): Promise<Reply>
  me(token: string): Promise<Reply>
  changePassword(token: string, password: string, current?: string): Promise<Reply>
  changeEmail(token: string, email: unknown, more?: { readonly current?: string }): Promise<Reply>
  rename(token: string, name: string): Promise<Reply>
  signOut(token: string): Promise<Reply>
  /** What an administrator does. */
  admin: {
    create(input: AdminUser): Promise<Reply>
    change(id: string, change: AdminUser): Promise<Reply>
    remove(id: string): Promise<Reply>
    invite(email: unknown, name?: string): Promise<Reply>
  }
  /** The id of the user an answer is about. */
  idOf(reply: Reply): string
}

export interface Return {
  readonly redirectTo?: string
  readonly challenge?: string
}

export interface SignUp extends Return {
  readonly email: unknown
  readonly password: unknown
  readonly name?: string
}

export interface AdminUser {
  readonly email?: unknown
  readonly password?: string
  readonly passwordHash?: string
  readonly confirmed?: boolean
  readonly banned?: boolean
}

/** Both wire formats of a server. */
export function doorsOf(world: Pick<World, 'url' | 'secretKey'>): Readonly<Record<Door['name'], Door>> {
  return { native: nativeDoor(world), supabase: supabaseDoor(world) }
}

export const doorNames = ['native', 'supabase'] as const

export type { Reply }
