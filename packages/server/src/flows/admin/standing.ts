import type { Core } from '../../core/core.ts'
import type { Take, Taken } from '../../core/limits/limits.ts'
import type { User } from '../../core/users/user.ts'
import { addressChangeTake, addressKeysOf } from '../attempt/addresses.ts'
import { recipientTakes, sendTake } from '../attempt/send.ts'
import { textTake } from '../attempt/texts.ts'
import {
  codeNetworkTake,
  codeTakesOf,
  passwordAccountTake,
  passwordNetworkTake,
  passwordTake,
} from '../steps/guesses.ts'

/** What is counted, beside the requests themselves. */
export type Counted = 'passwords' | 'codes' | 'messages' | 'texts' | 'address_changes'

/** One counter as it stands. */
export interface Standing extends Omit<Taken, 'key'> {
  readonly counter: Counted
}

interface Counter {
  readonly counter: Counted
  readonly take: Take
  /** Guesses are counted apart from requests. */
  readonly of: 'limits' | 'guesses'
}

/** How the counters of a network stand. Counts nothing. */
export function standingOfNetwork(core: Core, network: string): Promise<Standing[]> {
  return look(core, [
    { counter: 'passwords', take: passwordNetworkTake(core, { network }), of: 'guesses' },
    { counter: 'codes', take: codeNetworkTake(core, { network }), of: 'limits' },
    { counter: 'messages', take: sendTake(core, { network }), of: 'limits' },
    { counter: 'texts', take: textTake(core, { network }), of: 'limits' },
  ])
}

/** How the counters of an account and its addresses stand. Counts nothing. */
export function standingOfUser(core: Core, user: User): Promise<Standing[]> {
  const keys = addressKeysOf(core, user)
  const messages = keys.flatMap((key) => recipientTakes(core, key))
  return look(core, [
    ...keys.map((key): Counter => ({ counter: 'passwords', take: passwordTake(core, key), of: 'guesses' })),
    { counter: 'passwords', take: passwordAccountTake(core, user.id), of: 'guesses' },
    ...codeTakesOf(core, user).map((take): Counter => ({ counter: 'codes', take, of: 'guesses' })),
    ...messages.map((take): Counter => ({ counter: 'messages', take, of: 'limits' })),
    { counter: 'address_changes', take: addressChangeTake(core, user.id), of: 'limits' },
  ])
}

async function look(core: Core, counters: readonly Counter[]): Promise<Standing[]> {
  const takes = (of: Counter['of']) => counters.filter((each) => each.of === of).map(({ take }) => take)
  const [limits, guesses] = await Promise.all([core.limits.look(takes('limits')), core.guesses.look(takes('guesses'))])
  return counters.flatMap(({ counter, take, of }) => {
    const found = (of === 'limits' ? limits : guesses).find(({ key }) => key === take.key)
    if (found === undefined) return []
    const { limit, remaining, resetIn, over } = found
    return [{ counter, limit, remaining, resetIn, over }]
  })
}
