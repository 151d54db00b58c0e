import { randomBytes, randomInt } from 'node:crypto'
import { createClient } from 'altogic'
import type { World } from '../../world/world.ts'

export const goodPassword = 'correct horse battery 9'
export const appUrl = 'http://localhost:3000/auth-redirect'

/** Storage of one browser profile. */
export function memoryStorage() {
  const held = new Map<string, string>()
  return {
    held,
    getItem: (key: string) => held.get(key) ?? null,
    setItem: (key: string, value: string) => void held.set(key, value),
    removeItem: (key: string) => void held.delete(key),
  }
}

interface User {
  readonly _id: string
  readonly email?: string
  readonly emailVerified?: boolean
  readonly phone?: string
  readonly phoneVerified?: boolean
  readonly lastLoginAt: string
  readonly name?: string
}
interface Session {
  readonly userId: string
  readonly token: string
}
type Answer<T> = Promise<{ readonly [K in keyof T]: T[K] | null } & { readonly errors: unknown }>
type SignedIn = Answer<{ user: User; session: Session }>

/** What the client's package declares, with the fields that its documentation names and its types leave out. */
interface Auth {
  signUpWithEmail(email: string, password: string, about?: string | object): SignedIn
  signUpWithPhone(phone: string, password: string, about?: string | object): SignedIn
  signInWithEmail(email: string, password: string): SignedIn
  signInWithPhone(phone: string, password: string): SignedIn
  signInWithCode(phone: string, code: string): SignedIn
  verifyPhone(phone: string, code: string): SignedIn
  getAuthGrant(token?: string): SignedIn
  resendVerificationEmail(email: string): Answer<object>
  resendVerificationCode(phone: string): Answer<object>
  sendMagicLinkEmail(email: string): Answer<object>
  sendResetPwdEmail(email: string): Answer<object>
  sendResetPwdCode(phone: string): Answer<object>
  sendSignInCode(phone: string): Answer<object>
  resetPwdWithToken(token: string, password: string): Answer<object>
  resetPwdWithCode(phone: string, code: string, password: string): Answer<object>
  getUserFromDB(): Answer<{ user: User }>
  getUserFromDBbyCookie(request: object, response: object): Answer<{ user: User }>
  clearLocalData(): void
  invalidateSession(): void
  setUser(user: object): void
  getUser(): User | null
  getAllSessions(): Answer<{ sessions: Session[] }>
  signOut(token?: string): Answer<object>
  signOutAll(): Answer<object>
  signOutAllExceptCurrent(): Answer<object>
  changePassword(next: string, old: string): Answer<object>
  changeEmail(password: string, email: string): Answer<{ user: User }>
  changePhone(password: string, phone: string): Answer<{ user: User }>
  getSession(): Session | null
  setSession(session: object): void
}

/** The client as applications use it. */
export function altogicClient(
  world: Pick<World, 'url' | 'publishableKey'>,
  storage = memoryStorage(),
  prefix = '',
): { readonly auth: Auth } {
  const client = createClient(`${world.url}${prefix}`, world.publishableKey, { localStorage: storage as never })
  return { auth: client.auth as unknown as Auth }
}

export function anAddress(name = 'jo'): string {
  return `${name}-${randomBytes(6).toString('hex')}@example.test`
}

/** A number nobody has, of a country that texts go to. */
export function aNumber(): string {
  return `+1202555${randomInt(10_000).toString().padStart(4, '0')}`
}

/** What an answer holds when it worked. */
export function worked<T extends { errors: unknown }>(answer: T): T {
  if (answer.errors !== null && answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors))
  return answer
}

/** Status and codes of a refusal. */
export function refusedWith(answer: { errors: unknown }): unknown[] {
  const errors = answer.errors as { status: number; items: { code: string }[] } | null
  return errors === null ? [] : [errors.status, ...errors.items.map(({ code }) => code)]
}

/** Opens the link of the newest mail of a kind as a browser would, and says where it ends. */
export async function followMail(world: World, to: string, template?: string): Promise<URL> {
  const { link } = await world.inbox.waitFor(to, template)
  const response = await fetch(link ?? '', { redirect: 'manual' })
  if (response.status !== 302) throw new Error(`${response.status} ${await response.text()}`)
  return new URL(response.headers.get('location') ?? '')
}

/** Somebody confirmed and signed in, and their client. */
export async function aSignedIn(world: World) {
  const email = anAddress()
  const storage = memoryStorage()
  const client = altogicClient(world, storage)
  worked(await client.auth.signUpWithEmail(email, goodPassword))
  const place = await followMail(world, email)
  const { session, user } = worked(await client.auth.getAuthGrant(place.searchParams.get('access_token') ?? ''))
  if (session === null || user === null) throw new Error('nobody was signed in')
  return { client, email, session, user, storage }
}
