import type { Core } from '../core/core.ts'
import { type Voided, voidOlder } from '../flows/system/void-older.ts'
import { type Call, type Command, textFlag, UsageError } from './command.ts'
import { commandCaller, operator, withCore } from './with-core.ts'

/** Ends everything that signs somebody in and is older than a moment; what is done after a restore. */
export const sessionsRevoke: Command = {
  words: ['sessions', 'revoke'],
  summary: 'End every session and void every token, link and code older than a moment; to be run after a restore.',
  flags: {
    before: { type: 'string', about: 'The moment: `now`, or as 2026-01-31T08:00:00Z.', value: 'time' },
    json: { type: 'boolean', about: 'Answer as JSON.' },
  },
  configurable: 'places',
  notes: [
    'Passwords, second factors and API keys are as they were when the backup was made: `watchword keys list` shows which',
    'API keys live again. Whoever checks access tokens by themselves takes old ones until they end, unless the key that',
    'signed them is revoked too: `watchword keys rotate`, then `watchword keys revoke <kid>`.',
  ],
  run(call) {
    const momentOf = beforeFlag(call)
    return withCore(call, async (core) => {
      const before = momentOf(core)
      const voided = await voidOlder(core, commandCaller, { actor: operator, before })
      if (call.flags['json'] === true) call.terminal.out(JSON.stringify({ before, ...voided }))
      else call.terminal.out(sentenceOf(voided))
      return 0
    })
  },
}

const moment = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/

function beforeFlag(call: Call): (core: Pick<Core, 'runtime'>) => Date {
  const text = textFlag(call, 'before')
  if (text === undefined) throw new UsageError('--before is needed: a time, or now.')
  if (text === 'now') return ({ runtime }) => runtime.now()
  const at = moment.test(text) ? new Date(text) : new Date(Number.NaN)
  if (Number.isNaN(at.getTime())) throw new UsageError('--before must be now, or a time such as 2026-01-31T08:00:00Z.')
  return ({ runtime }) => {
    if (at > runtime.now()) throw new UsageError('--before must not lie in the future.')
    return at
  }
}

const sentenceOf = ({ sessions, tickets, requests, accessKeys }: Voided): string =>
  `Ended: ${sessions} sessions, ${accessKeys} personal access tokens, ${tickets} links, codes and flows, ${requests} requests of applications.`
