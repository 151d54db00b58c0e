import { day } from '../../base/duration.ts'
import type { Core } from '../../core/core.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import { channelOf } from '../attempt/texts.ts'

const everyone = { limit: 1_000_000_000, seconds: day } as const
const sent = { key: 'texts-sent', rate: everyone }
const answered = { key: 'texts-answered', rate: everyone }

/** Counts a code that left for a telephone. */
export async function countSent(core: Pick<Core, 'limits'>): Promise<void> {
  await core.limits.take([sent])
}

/** Counts a right answer, where its code went to a telephone. */
export async function countAnswered(core: Pick<Core, 'limits'>, ticket: Pick<Ticket, 'payload'>): Promise<void> {
  if (channelOf(ticket) !== 'email') await core.limits.take([answered])
}

/** Codes that left for telephones since the day began, and how many of them came back: few are a sign of fraud. */
export async function textsToday(core: Pick<Core, 'limits'>): Promise<{ sent: number; answered: number }> {
  const standing = await core.limits.look([sent, answered])
  const countOf = (key: string) => {
    const found = standing.find((each) => each.key === key)
    return found === undefined ? 0 : found.limit - found.remaining
  }
  return { sent: countOf(sent.key), answered: countOf(answered.key) }
}
