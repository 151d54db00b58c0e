import type { World } from '../../world/world.ts'
import type { Door, Kind, Reply } from './door.ts'
import type { Tokens } from './reply.ts'

/** Somebody with a confirmed account and a session. */
export interface Member {
  readonly id: string
  readonly email: string
  readonly password: string
  readonly tokens: Tokens
}

/** An address nobody has used before. */
export function aFreshAddress(name = 'person'): string {
  return `${name}-${crypto.randomUUID().slice(0, 8)}@example.test`
}

export const goodPassword = 'seven quiet otters'

/** The tokens of an answer. @throws Error with the answer, where it has none */
export function tokensOf(reply: Reply): Tokens {
  if (reply.tokens === undefined) throw new Error(`no session in ${reply.status} ${reply.text}`)
  return reply.tokens
}

/** The code of the newest mail to an address. */
export async function codeTo(world: Pick<World, 'inbox'>, email: string, template?: string): Promise<string> {
  const { code } = await world.inbox.waitFor(email, template)
  if (code === null) throw new Error(`a mail without a code came to ${email}`)
  return code
}

/** The code of the mail that comes to an address because of what is done here. */
async function codeOf(
  world: Pick<World, 'inbox'>,
  email: string,
  work: () => Promise<Reply>,
): Promise<{ begun: Reply; code: string }> {
  const before = new Set((await world.inbox.list(email)).map(({ id }) => id))
  const begun = await work()
  for (let tries = 0; tries < 750; tries += 1) {
    const found = (await world.inbox.list(email)).find(({ id, code }) => code !== null && !before.has(id))
    if (found !== undefined) return { begun, code: found.code ?? '' }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`no new mail with a code came to ${email}: ${begun.status} ${begun.text}`)
}

/** Signs somebody up through a door and proves the address with the mailed code. */
export async function aMember(
  world: Pick<World, 'inbox'>,
  door: Door,
  input: { readonly email?: string; readonly password?: string } = {},
): Promise<Member> {
  const { email = aFreshAddress('member'), password = goodPassword } = input
  const { begun, code } = await codeOf(world, email, () => door.signUp({ email, password }))
  const done = await door.type({ kind: 'sign_up', email, code, begun })
  return { id: door.idOf(done), email, password, tokens: tokensOf(done) }
}

/** Begins a flow by mail and reads its code once the mail is there. */
export async function begin(
  world: Pick<World, 'inbox'>,
  door: Door,
  kind: Extract<Kind, 'sign_in' | 'recovery'>,
  email: string,
): Promise<{ begun: Reply; code: string; kind: Kind; email: string }> {
  const ask = () => (kind === 'sign_in' ? door.sendCode(email) : door.recover(email))
  return { ...(await codeOf(world, email, ask)), kind, email }
}

/** A code of the same length that is not the right one. @param turn a different one each */
export function wrongCode(code: string, turn = 1): string {
  return String((Number(code) + turn) % 10 ** code.length).padStart(code.length, '0')
}

/** Runs something many times at once. */
export function atOnce<T>(times: number, work: (index: number) => Promise<T>): Promise<T[]> {
  return Promise.all(Array.from({ length: times }, (_, index) => work(index)))
}
