import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { Actor } from '#src/core/audit/audit.ts'
import { createUser } from '#src/flows/admin/create-user.ts'
import { aCaller } from '../../world/core.ts'
import type { World } from '../../world/world.ts'
import type { Door, Held } from './door.ts'

/** Long enough, on no list. */
export const goodPassword = 'slow brown walrus juggles 7 kettles'

const maker: Actor = { type: 'system', id: 'test' }

/** An address nobody has used. */
export const freshEmail = (name = 'person') => `${name}-${randomUUID().slice(0, 8)}@example.test`

/** Somebody with an account. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly password: string
}

/** Makes a confirmed account, without a mail. */
export async function aPerson(
  { core }: Pick<World, 'core'>,
  change: Partial<Person> & { readonly bannedUntil?: Date } = {},
): Promise<Person> {
  const { email = freshEmail(), password = goodPassword, bannedUntil } = change
  const user = await createUser(core, aCaller(), maker, {
    way: 'password',
    email,
    password,
    emailConfirmed: true,
    bannedUntil,
  })
  return { id: user.id, email, password }
}

/** Makes an account and signs it in at a door. */
export async function signedInAt(
  world: Pick<World, 'core'>,
  door: Door,
  change: Partial<Person> = {},
): Promise<Person & Held> {
  const person = await aPerson(world, change)
  return { ...person, ...door.held(await door.signIn(person.email, person.password)) }
}

/** A verifier with its challenge (RFC 7636, S256). */
export function pkcePair(verifier = randomBytes(32).toString('base64url')) {
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') }
}

/** The return code of a redirect, or undefined. */
export function returnCode(location: string | null): string | undefined {
  return location === null ? undefined : (new URL(location).searchParams.get('code') ?? undefined)
}
