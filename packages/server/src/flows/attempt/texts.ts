import { base64url, hex } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import { countryOf } from '../../core/identifiers/phone.ts'
import type { Take } from '../../core/limits/limits.ts'
import type { TextChannel } from '../../core/notifications/outgoing.ts'
import type { Ticket } from '../../core/tickets/ticket.ts'
import type { CodeShape } from '../../core/tickets/tickets.ts'
import type { Address } from '../../core/users/users.ts'
import type { Caller } from '../caller.ts'
import { auditOf } from '../steps/audit-of.ts'

/** @throws Refusal `provider_disabled` with `details.reason` `phone` where phone numbers are no way in */
export function refusePhoneOff({ settings }: Pick<Core, 'settings'>, address: Address): void {
  if ('phone' in address && !settings.phone.enabled)
    throw new Refusal('provider_disabled', { details: { reason: 'phone' } })
}

/** @throws Refusal `feature_disabled` with `details.reason` `channel` for a way of sending that is not set up */
export function refuseChannel({ settings }: Pick<Core, 'settings'>, channel: TextChannel | undefined): void {
  if (channel !== undefined && !settings.phone.channels.includes(channel))
    throw new Refusal('feature_disabled', { details: { reason: 'channel' } })
}

/**
 * Texts cost money: they go to countries that were chosen, and to no other.
 * @throws Refusal `identifier_not_allowed` with `details.reason` `country`
 */
export function refuseCountry(core: Pick<Core, 'settings'>, address: Address): void {
  if ('email' in address || isTestNumber(core, address) || isOpen(core, address.phone)) return
  throw new Refusal('identifier_not_allowed', { details: { field: 'phone', reason: 'country' } })
}

function isOpen({ settings }: Pick<Core, 'settings'>, phone: string): boolean {
  const { countries } = settings.phone
  const country = countries.includes('*') ? '*' : countryOf(phone)
  return country !== undefined && countries.includes(country)
}

/** Whether a number can be told something that nobody asked for: a notice, which a gateway of codes does not carry. */
export function takesNotices(core: Pick<Core, 'settings' | 'keptCodes'>, phone: string): boolean {
  const { enabled } = core.settings.phone
  return enabled && core.keptCodes === undefined && !isTestNumber(core, { phone }) && isOpen(core, phone)
}

/** Whether a number is one of those that tests use: it always gets the same code, and never a text. */
export function isTestNumber({ settings }: Pick<Core, 'settings'>, address: Address): boolean {
  return testCode(settings, address) !== undefined
}

function testCode({ environment, phone: { testNumbers } }: Core['settings'], address: Address): string | undefined {
  if (environment !== 'development' || 'email' in address || !Object.hasOwn(testNumbers, address.phone))
    return undefined
  return testNumbers[address.phone]
}

/** The code that a message to an address carries. Where a gateway makes its own up, ours is one that nobody could guess. */
export function codeFor(core: Pick<Core, 'settings' | 'keptCodes' | 'runtime'>, address: Address): CodeShape {
  const { length, seconds } = core.settings.codes
  const isKept = core.keptCodes !== undefined && 'phone' in address
  const fixed = testCode(core.settings, address) ?? (isKept ? base64url(core.runtime.randomBytes(32)) : undefined)
  return { length, seconds, fixed }
}

/** How the message of a ticket leaves. */
export function channelOf({ payload }: Pick<Ticket, 'payload'>): 'email' | TextChannel {
  const { channel } = payload
  return channel === 'sms' || channel === 'whatsapp' ? channel : 'email'
}

/** Names the numbers that differ from this one in their last three digits alone, for their common counter. */
export function blockOf(core: Pick<Core, 'vault'>, address: Address): string | undefined {
  return 'email' in address ? undefined : hex(core.vault.mac('address', `block:${address.phone.slice(0, -3)}`))
}

const budgetKey = 'texts-budget'

/** What a text counts besides the message it is: by network, by block of numbers, and for everybody together. */
export function textTakes(core: Pick<Core, 'settings'>, caller: Caller, block: string): readonly Take[] {
  const { textBlock, textBudget } = core.settings.limits
  return [
    textTake(core, caller),
    { key: `texts-block:${block}`, rate: textBlock },
    { key: budgetKey, rate: textBudget },
  ]
}

/** What a text counts where it is asked for. */
export function textTake({ settings }: Pick<Core, 'settings'>, { network }: Pick<Caller, 'network'>): Take {
  return { key: `texts-network:${network}`, rate: settings.limits.textNetwork }
}

/** The day's budget is spent: whoever runs the server learns it, once for each budget. */
export async function tellBudgetSpent(core: Core, caller: Caller, over: readonly { readonly key: string }[]) {
  if (!over.some(({ key }) => key === budgetKey)) return
  const { textBudget } = core.settings.limits
  const [told] = await core.limits.take([{ key: 'texts-budget-told', rate: { limit: 1, seconds: textBudget.seconds } }])
  if (told?.over !== false) return
  core.runtime.log.error({ ...textBudget }, 'the budget of texts is spent: no more are sent until it begins anew')
  await core.audit.record({
    ...auditOf(caller, null, { type: 'system', id: null }),
    action: 'texts.budget_spent',
    result: 'refused',
    details: { ...textBudget },
  })
}
