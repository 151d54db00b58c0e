import type { Core } from '#src/core/core.ts'
import type { ProviderTokens } from '#src/core/providers/provider.ts'
import type { KnownProfile } from '#src/core/providers/read-profile.ts'
import type { User } from '#src/core/users/user.ts'
import type { NewUser } from '#src/core/users/users.ts'
import { enter } from '#src/flows/session/enter.ts'
import type { Opened } from '#src/flows/session/open.ts'
import { type Settled, type Settling, settled } from '#src/flows/sign-in/settle-arrival.ts'
import { aCaller } from '../../world/core.ts'
import { aNewUser } from '../../world/new-user.ts'

/** An address nobody has used before. */
export const freshAddress = (name = 'racer'): string => `${name}-${crypto.randomUUID()}@example.test`

/** A fast stored hash where no password is compared. */
export const someHash = 'not a hash that anything fits'

/** Somebody with a proved address, unless that is said otherwise. */
export async function aUser(core: Core, change: Partial<NewUser> = {}): Promise<User> {
  const email = change.email === undefined ? freshAddress() : change.email
  const emailConfirmedAt = email === null ? null : core.runtime.now()
  const by = { dialect: 'test', way: 'password' }
  const made = await core.users.create(aNewUser({ emailConfirmedAt, createdBy: by, ...change, email }))
  if (made === undefined) throw new Error('nobody was made')
  return now(core, made)
}

/** The account as it stands. @throws Error where it is gone */
export async function now(core: Core, { id }: Pick<User, 'id'>): Promise<User> {
  const user = await core.users.find(id)
  if (user === undefined) throw new Error('there is no such account')
  return user
}

/** Connects an account elsewhere, as if it had always been there. */
export async function anIdentity(
  core: Core,
  user: User,
  provider = 'google',
): Promise<{ id: string; subject: string }> {
  const subject = crypto.randomUUID()
  const put = await core.identities.put({ userId: user.id, provider, subject, email: null, data: {} })
  if (put === undefined) throw new Error('an identity was not put')
  return { id: put.id, subject }
}

/** A session of somebody, whatever they would have to prove for it. */
export async function aSession(core: Core, user: User, aal: 'aal1' | 'aal2' = 'aal1'): Promise<Opened> {
  const amr = [{ method: 'password', provider: null }]
  const caller = aCaller({ manners: { ...aCaller().manners, secondFactor: 'step_up' } })
  const entered = await core.transaction((tx) => enter(tx, caller, { user, amr, aal }))
  if (entered.kind !== 'opened') throw new Error('no session was opened')
  return entered.opened
}

interface Arriving extends Partial<KnownProfile> {
  readonly provider?: string
  readonly tokens?: ProviderTokens | null
}

/** Somebody comes from a provider whose word about addresses counts. */
export function arrives<T>(
  core: Core,
  { provider = 'google', tokens = null, ...profile }: Arriving,
  then: (tx: Core, outcome: Settled) => Promise<T>,
): Promise<T> {
  const settling: Settling = {
    at: { provider: { verifiesEmail: true }, settings: { linking: 'verified' } },
    arrival: {
      provider,
      tokens,
      keepsTokens: false,
      emailOptional: true,
      profile: {
        subject: crypto.randomUUID(),
        email: null,
        emailVerified: profile.email !== undefined && profile.email !== null,
        name: null,
        avatarUrl: null,
        data: {},
        ...profile,
      },
    },
    createUser: true,
    about: {},
    back: {},
  }
  return settled(core, aCaller(), settling, then)
}

/** Whom they turn out to be. */
export const arrivesAs = (core: Core, arriving: Arriving): Promise<string> =>
  arrives(core, arriving, async (tx, outcome) => {
    if (outcome.kind === 'waiting') throw new Error('a mail is waited for')
    const { user, identityId } = outcome
    const brought = { provider: arriving.provider ?? 'google', identityId, tokens: null }
    await enter(tx, aCaller(), { user, amr: [{ method: 'provider', provider: brought.provider }], brought })
    return user.id
  })

/** A second factor that was proved, as if it had always been there. */
export const aFactor = (core: Core, user: Pick<User, 'id'>): Promise<string> =>
  core.factors.add({ userId: user.id, type: 'totp', name: '', status: 'verified' })
