import { authenticator } from '../../world/authenticator.ts'
import type { World } from '../../world/world.ts'
import type { Door } from './door.ts'
import { aMember, type Member, tokensOf } from './people.ts'
import { objectIn, type Reply, send, type Tokens } from './reply.ts'

/** Somebody whose account has an authenticator app. Their tokens are of the session that set it up. */
export interface Protected extends Member {
  readonly factorId: string
  readonly secret: string
}

type Place = Pick<World, 'url' | 'core' | 'clock' | 'inbox'>

/** What an app shows now; `later` steps of thirty seconds on. */
export function appCode(world: Place, secret: string, later = 0): string {
  return authenticator(secret).codeAt(new Date(world.core.runtime.now().getTime() + later * 30_000))
}

/** The next code that was not used yet: the clock goes on. */
export function freshCode(world: Place, secret: string): string {
  world.clock.move(30)
  return appCode(world, secret)
}

/** Below `/v1`, whatever the door. */
export const native = (world: Place, path: string, body: unknown, token?: string): Promise<Reply> =>
  send(`${world.url}/v1${path}`, { body, token })

/** Below `/auth/v1`. */
export const supabase = (world: Place, path: string, body: unknown, token?: string): Promise<Reply> =>
  send(`${world.url}/auth/v1${path}`, { body, token })

/** Begins setting an app up. */
export async function beginApp(
  world: Place,
  token: string,
): Promise<{ attempt: string; secret: string; begun: Reply }> {
  const begun = await native(world, '/me/factors', { type: 'totp' }, token)
  const attempt = objectIn(begun.body, 'attempt')
  return { attempt: String(attempt['token']), secret: String(objectIn(attempt, 'step')['secret']), begun }
}

/** A member who sets an app up. */
export async function aProtected(world: Place, door: Door): Promise<Protected> {
  const member = await aMember(world, door)
  const { attempt, secret } = await beginApp(world, member.tokens.access)
  const done = await native(
    world,
    '/attempts/answer',
    { attempt, code: freshCode(world, secret) },
    member.tokens.access,
  )
  return { ...member, secret, factorId: String(objectIn(done.body, 'factor')['id']), tokens: tokensOf(done) }
}

/** A session that owes the factor still, as the dialect that steps up opens it. */
export async function halfway(world: Place, { email, password }: Pick<Member, 'email' | 'password'>): Promise<Tokens> {
  return tokensOf(await supabase(world, '/token?grant_type=password', { email, password }))
}

/** A challenge of a factor, through the dialect that steps up. */
export async function challenge(world: Place, factorId: string, token: string): Promise<string> {
  return String((await supabase(world, `/factors/${factorId}/challenge`, {}, token)).body['id'])
}

/** What an access token says of its level. */
export function aalOf(access: string): unknown {
  return (JSON.parse(Buffer.from(access.split('.')[1] ?? '', 'base64url').toString()) as { aal: unknown }).aal
}
