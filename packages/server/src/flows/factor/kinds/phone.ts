import { invalid, Refusal } from '../../../base/errors.ts'
import { messageOf, refuseFrequent, sentFacts } from '../../attempt/send.ts'
import { blockOf, codeFor, refuseChannel, refuseCountry } from '../../attempt/texts.ts'
import { keptNumber, tryCode } from '../../attempt/try-code.ts'
import { codeOf, type FactorKind, type FactorMessage } from '../kind.ts'

const admit: FactorMessage['admit'] = async (core, caller, { factor, channel }) => {
  refuseChannel(core, channel)
  await refuseFrequent(core, caller, 'factor', { phone: factor.phone ?? '' })
}

const send: FactorMessage['send'] = async (core, caller, { ticket, factor, user, channel }) => {
  if (factor.phone === null) throw new Refusal('attempt_expired')
  const address = { phone: factor.phone }
  const sent = await core.transaction(async (tx) => {
    const recoded = await tx.tickets.recode(ticket.id, codeFor(tx, address), false)
    if (recoded === undefined) throw new Refusal('attempt_expired')
    const message = {
      purpose: 'reauthentication',
      address,
      channel,
      user,
      template: 'sms_code',
      back: {},
      values: { factorType: 'phone' },
    } as const
    await tx.outbox.enqueue([messageOf(tx, caller, message, { code: recoded.code, link: undefined })])
    await tx.factors.noteChallenged(factor.id)
    const block = blockOf(tx, address)
    const facts = { ...sentFacts(tx, address, channel), ...keptNumber(tx, address, block), block, factor: factor.id }
    await tx.tickets.patch(ticket.id, facts)
    return { ...recoded.ticket, payload: { ...recoded.ticket.payload, ...facts } }
  })
  core.wakeOutbox()
  return sent
}

/** A code texted to a number. */
export const phone: FactorKind = {
  isEnabled: ({ factors, phone: { channels } }) => factors.phone && channels.length > 0,
  async prepare(core, input) {
    if (input.phone === undefined) throw invalid('phone', 'is needed')
    refuseCountry(core, { phone: input.phone })
    return { phone: input.phone }
  },
  message: { admit, send },
  async compare(core, { ticket, factor, said }) {
    const code = codeOf(said)
    // The code of one number says nothing about another.
    if (!ticket.hasCode || ticket.payload['factor'] !== factor.id) return { kind: 'dead' }
    const outcome = await tryCode(core, ticket, code.replace(/[\s-]/g, ''))
    return outcome.kind === 'right' ? { kind: 'right', match: 'the code of the ticket' } : outcome
  },
  async use(tx, factor, match) {
    await tx.factors.noteUsed(factor.id)
    return match === 'the code of the ticket'
  },
}
