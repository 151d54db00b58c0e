import { isUuid } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { User } from '../../core/users/user.ts'
import { createUser } from '../../flows/admin/create-user.ts'
import { deleteUser } from '../../flows/admin/delete-user.ts'
import { updateUser } from '../../flows/admin/update-user.ts'
import { refuseOwned } from '../../flows/attempt/addresses.ts'
import { adminKey } from '../../gate/admin.ts'
import { json } from '../../http/answer.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { Handler } from '../../http/route.ts'
import { readAdminUser, readUserId } from './admin-user-input.ts'
import type { Supabase } from './dialect.ts'
import { pageHeaders, readPage } from './page.ts'
import { readBody } from './parse.ts'
import { presentUser } from './present.ts'
import { fault, refusal } from './refuse.ts'

/** GET /admin/users: a page of users, newest first. */
export function getAdminUsers({ core }: Supabase): Handler {
  return async (exchange) => {
    const page = readPage(exchange.query)
    const contains = exchange.query.one('filter') || undefined
    const filter = contains === undefined ? {} : { contains }
    const offset = (page.number - 1) * page.size
    const [users, total] = await Promise.all([
      core.userSearch.page(filter, readOrder(exchange), { limit: page.size, offset }),
      core.userSearch.count(filter),
    ])
    const body = { users: users.map((user) => presentUser(user, core.settings)), aud: core.settings.tokens.audience }
    return json(200, body, pageHeaders('/admin/users', page, total, exchange.query))
  }
}

function readOrder({ query }: Exchange): 'createdAt' | '-createdAt' {
  const [sort, ...more] = query.all('sort').filter((each) => each !== '')
  if (more.length > 0) throw fault('Bad Sort Parameters: only one is supported')
  const match = /^created_at(?: (asc|desc))?$/i.exec(sort ?? 'created_at desc')
  if (match === null) throw fault('Bad Sort Parameters: only created_at is supported')
  return match[1]?.toLowerCase() === 'asc' ? 'createdAt' : '-createdAt'
}

/** POST /admin/users: a new user; no mail is sent and the password policy does not apply. */
export function postAdminUser(at: Supabase): Handler {
  const { core } = at
  return async (exchange) => {
    const body = await readBody(exchange)
    const [password, passwordHash] = [body.text('password'), body.text('password_hash')]
    if (!body.has('email') && !body.has('phone')) throw fault('Cannot create a user without either an email or phone')
    const email = body.email()
    if (email !== undefined) await refuseOwned(core, { email })
    const phone = body.phone()
    if (phone !== undefined) await refuseOwned(core, { phone })
    if (password !== undefined && passwordHash !== undefined)
      throw fault('Only a password or a password hash should be provided')
    const id = readUserId(body)
    const given = readAdminUser(body, core.runtime.now())
    const input = { ...given, id, password, passwordHash, way: 'admin', policy: 'skipped' } as const
    const user = await createUser(core, at.callerOf(exchange), exchange.need(adminKey).actor, input)
    return json(200, presentUser(user, core.settings))
  }
}

/** The user a path names. @throws Refusal for what is no UUID */
function userIdOf(exchange: Exchange): string {
  const id = exchange.param('id')
  if (!isUuid(id)) throw refusal('user_id')
  return id
}

/** Whom the path names: looked for before anything else is read. @throws Refusal `user_not_found`, and for what is no UUID */
export async function userNamed({ core }: Pick<Supabase, 'core'>, exchange: Exchange): Promise<User> {
  const user = await core.users.find(userIdOf(exchange))
  if (user === undefined) throw new Refusal('user_not_found')
  return user
}

/** GET /admin/users/:id */
export function getAdminUser(at: Supabase): Handler {
  return async (exchange) => json(200, presentUser(await userNamed(at, exchange), at.core.settings))
}

/** PUT /admin/users/:id: what is given is changed at once, without a mail. */
export function putAdminUser(at: Supabase): Handler {
  const { core } = at
  return async (exchange) => {
    const { id } = await userNamed(at, exchange)
    const body = await readBody(exchange)
    const change = { ...readAdminUser(body, core.runtime.now()), password: body.exactText('password') }
    const user = await updateUser(core, at.callerOf(exchange), exchange.need(adminKey).actor, { id, change })
    return json(200, presentUser(user, core.settings))
  }
}

/** DELETE /admin/users/:id */
export function deleteAdminUser(at: Supabase): Handler {
  return async (exchange) => {
    const { id } = await userNamed(at, exchange)
    const body = await readBody(exchange, { empty: 'accept' })
    const mode = body.flag('should_soft_delete') === true ? 'soft' : 'hard'
    await deleteUser(at.core, at.callerOf(exchange), exchange.need(adminKey).actor, { id, mode })
    return json(200, {})
  }
}
