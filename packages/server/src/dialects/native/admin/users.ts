import { Refusal } from '../../../base/errors.ts'
import type { User } from '../../../core/users/user.ts'
import { positionOf, type UserFilter, type UserPosition } from '../../../core/users/user-search.ts'
import { actForUser, mostMinutes } from '../../../flows/admin/act-for-user.ts'
import { createUser } from '../../../flows/admin/create-user.ts'
import { deleteUser } from '../../../flows/admin/delete-user.ts'
import { describeUser, unlockUser } from '../../../flows/admin/describe-user.ts'
import { importUsers } from '../../../flows/admin/import-users.ts'
import { removeUserFactors } from '../../../flows/admin/manage-factors.ts'
import { signOutUser } from '../../../flows/admin/sign-out-user.ts'
import { updateUser } from '../../../flows/admin/update-user.ts'
import { chosenLocale } from '../../../flows/steps/account-policy.ts'
import { adminKey } from '../../../gate/admin.ts'
import { fromTimePosition, pageOf, type TimePosition } from '../cursor.ts'
import { given, idOf } from '../input.ts'
import type { Call } from '../operation.ts'
import { presentAdminUser, presentFactors, presentIdentities, presentSession, timeOf } from '../present.ts'
import { presentDetails } from '../present-admin.ts'
import { presentSignedIn } from '../present-outcome.ts'
import { actorOf, callerIdOf } from './actor.ts'
import type {
  actForBody,
  adminPageQuery,
  createUserBody,
  deleteUserQuery,
  importBody,
  removeFactorQuery,
  updateUserBody,
  usersQuery,
} from './bodies.ts'

/** GET /admin/users */
export function listUsers({ core, exchange, query }: Call<undefined, typeof usersQuery>) {
  const { limit, cursor, sort, ...rest } = query
  const filter: UserFilter = given(rest)
  return pageOf(
    core,
    { caller: callerIdOf(exchange), list: `users ${sort}`, filter },
    { limit, cursor },
    {
      read: (page: { limit: number; after?: UserPosition }) => core.userSearch.page(filter, sort, page),
      positionOf: (user: User) => positionOf(user, sort),
      present: presentAdminUser,
    },
  )
}

/** POST /admin/users */
export async function makeUser({ core, caller, exchange, body }: Call<typeof createUserBody>) {
  const input = { ...named(body), way: 'admin' }
  return presentAdminUser(await createUser(core, caller, actorOf(exchange), input))
}

/** What clears is written as what is empty. */
function named<T extends { displayName?: string | null | undefined }>(
  body: T,
): T & { displayName: string | undefined } {
  return { ...body, displayName: body.displayName === null ? '' : body.displayName }
}

/** GET /admin/users/:id */
export async function readUser({ core, exchange }: Call) {
  return presentDetails(await describeUser(core, idOf(exchange, 'id')))
}

/** PATCH /admin/users/:id */
export async function changeUser({ core, caller, exchange, body }: Call<typeof updateUserBody>) {
  const locale = body.locale === undefined ? undefined : chosenLocale(core, body.locale)
  const input = { id: idOf(exchange, 'id'), change: { ...named(body), locale } }
  return presentAdminUser(await updateUser(core, caller, actorOf(exchange), input))
}

/** DELETE /admin/users/:id */
export function removeUser({ core, caller, exchange, query }: Call<undefined, typeof deleteUserQuery>) {
  return deleteUser(core, caller, actorOf(exchange), { id: idOf(exchange, 'id'), mode: query.mode })
}

/** POST /admin/users/import */
export async function bringUsers({ core, caller, exchange, body }: Call<typeof importBody>) {
  const { onConflict = 'skip', dryRun } = body
  const mode = dryRun === true ? 'check' : 'write'
  const results = await importUsers(core, caller, actorOf(exchange), { users: body.users.map(named), onConflict, mode })
  return { results }
}

/** GET /admin/users/:id/sessions */
export async function listUserSessions({ core, exchange, query }: Call<undefined, typeof adminPageQuery>) {
  const user = await find({ core, exchange })
  return pageOf(core, { caller: callerIdOf(exchange), list: `sessions ${user.id}`, filter: {} }, query, {
    read: ({ limit, after }: { limit: number; after?: TimePosition }) =>
      core.sessions.list(user.id, { limit, ...fromTimePosition(after) }),
    positionOf: ({ lastUsedAt, id }) => ({ at: timeOf(lastUsedAt), id }),
    present: (session) => presentSession(core, session, undefined),
  })
}

/** DELETE /admin/users/:id/sessions */
export async function endUserSessions({ core, caller, exchange }: Call) {
  const { id: userId } = await find({ core, exchange })
  await signOutUser(core, caller, actorOf(exchange), { userId })
}

/** DELETE /admin/users/:id/sessions/:sessionId */
export async function endUserSession({ core, caller, exchange }: Call) {
  const { id: userId } = await find({ core, exchange })
  const sessionId = idOf(exchange, 'sessionId')
  const ended = await signOutUser(core, caller, actorOf(exchange), { userId, sessionId })
  if (ended === 0) throw new Refusal('not_found')
}

/** POST /admin/users/:id/impersonation */
export async function actForOne({ core, caller, exchange, body }: Call<typeof actForBody>) {
  const { reason, minutes = mostMinutes } = body
  const input = { userId: idOf(exchange, 'id'), reason, minutes }
  return presentSignedIn({ core, exchange }, await actForUser(core, caller, actorOf(exchange), input))
}

/** GET /admin/users/:id/identities */
export async function listUserIdentities({ core, exchange }: Call) {
  return { items: presentIdentities(await find({ core, exchange })), nextCursor: null }
}

/** GET /admin/users/:id/factors */
export async function listUserFactors({ core, exchange }: Call) {
  return { items: presentFactors(await find({ core, exchange })), nextCursor: null }
}

/** DELETE /admin/users/:id/factors */
export async function dropUserFactors(call: Call<undefined, typeof removeFactorQuery>) {
  const { core, caller, exchange, query } = call
  const input = { userId: idOf(exchange, 'id'), reason: query.reason }
  await removeUserFactors(core, caller, actorOf(exchange), input)
}

/** DELETE /admin/users/:id/factors/:factorId */
export async function dropUserFactor(call: Call<undefined, typeof removeFactorQuery>) {
  const { core, caller, exchange, query } = call
  const input = { userId: idOf(exchange, 'id'), factorId: idOf(exchange, 'factorId'), reason: query.reason }
  await removeUserFactors(core, caller, actorOf(exchange), input)
}

/** DELETE /admin/users/:id/lock */
export async function openLock({ core, caller, exchange }: Call) {
  await unlockUser(core, caller, exchange.need(adminKey).actor, idOf(exchange, 'id'))
}

async function find({ core, exchange }: Pick<Call, 'core' | 'exchange'>): Promise<User> {
  const user = await core.users.find(idOf(exchange, 'id'))
  if (user === undefined) throw new Refusal('not_found')
  return user
}
