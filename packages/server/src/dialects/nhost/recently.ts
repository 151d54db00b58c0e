import { Refusal } from '../../base/errors.ts'
import { isRecent } from '../../flows/steps/is-recent.ts'
import { signedInKey } from '../../gate/bearer.ts'
import type { Gate } from '../../http/route.ts'
import type { Nhost } from './dialect.ts'

/** Lets through whoever proved moments ago who they are; guests have nothing to prove (S57). */
export function recently({ core }: Pick<Nhost, 'core'>): Gate {
  return (exchange) => {
    const { user, session } = exchange.need(signedInKey)
    if (!user.isAnonymous && !isRecent(core, session)) throw new Refusal('reauthentication_needed')
  }
}
