import { Refusal } from '../../../base/errors.ts'
import type { Ticket } from '../../../core/tickets/ticket.ts'
import { generateLink } from '../../../flows/admin/generate-link.ts'
import { invite, revokeInvite } from '../../../flows/admin/invite.ts'
import { fromTimePosition, pageOf, type TimePosition } from '../cursor.ts'
import { idOf, refuseUnlisted } from '../input.ts'
import type { Call } from '../operation.ts'
import { timeOf } from '../present.ts'
import { presentInvite } from '../present-admin.ts'
import { actorOf, callerIdOf } from './actor.ts'
import type { adminPageQuery, inviteBody, linkRequestBody } from './bodies.ts'

/** POST /admin/users/:id/links: a link that leads its holder to a question, never straight in. */
export async function makeLink({ core, caller, exchange, body }: Call<typeof linkRequestBody>) {
  const { purpose, redirectTo, send } = body
  refuseUnlisted(core, redirectTo)
  const user = await core.users.find(idOf(exchange, 'id'))
  if (user === undefined || user.deletedAt !== null) throw new Refusal('not_found')
  if (user.email === null) throw new Refusal('email_address_invalid', { details: { reason: 'none' } })
  const delivery = send === true ? 'mailed' : 'handed over'
  const input = { purpose, email: user.email, redirectTo, delivery } as const
  const made = await generateLink(core, caller, actorOf(exchange), input)
  return { url: send === true ? null : made.url, purpose, expiresAt: timeOf(made.ticket.expiresAt) }
}

/** GET /admin/invites: those that wait. */
export async function listInvites({ core, exchange, query }: Call<undefined, typeof adminPageQuery>) {
  const { items, nextCursor } = await pageOf(
    core,
    { caller: callerIdOf(exchange), list: 'invites', filter: {} },
    query,
    {
      read: ({ limit, after }: { limit: number; after?: TimePosition }) =>
        core.tickets.list('invite', { limit, ...fromTimePosition(after) }),
      positionOf: ({ createdAt, id }) => ({ at: timeOf(createdAt), id }),
      present: (ticket: Ticket) => ticket,
    },
  )
  const emails = await Promise.all(items.map(async ({ userId }) => userId && (await core.users.find(userId))?.email))
  return { items: items.map((ticket, at) => presentInvite(ticket, emails[at] ?? null)), nextCursor }
}

/** POST /admin/invites */
export async function makeInvite({ core, caller, exchange, body }: Call<typeof inviteBody>) {
  refuseUnlisted(core, body.redirectTo)
  const { user, sent } = await invite(core, caller, actorOf(exchange), { ...body, code: 'left out' })
  return presentInvite(sent.ticket, user.email)
}

/** DELETE /admin/invites/:id */
export async function takeInviteBack({ core, caller, exchange }: Call) {
  const revoked = await revokeInvite(core, caller, actorOf(exchange), idOf(exchange, 'id'))
  if (!revoked) throw new Refusal('not_found')
}
