import { createHash } from 'node:crypto'
import { type Outbound, OutboundError } from '../../../base/outbound.ts'
import { normalForm } from '../normal-form.ts'
import { type BreachedList, BreachFault } from './breached-list.ts'

/**
 * The list behind a range interface, as Have I Been Pwned has it: five digits of the password's SHA-1 leave this server, every
 * hash that begins with them comes back, padded with made-up ones so that the size of the answer says nothing.
 * @param needs.url where it is; default the public one. No slash at the end.
 */
export function createRangeList(needs: {
  readonly outbound: Outbound
  readonly url?: string | undefined
}): BreachedList {
  const { outbound, url = 'https://api.pwnedpasswords.com' } = needs
  return {
    async has(password) {
      const hash = createHash('sha1')
        .update(normalForm(password) ?? password)
        .digest('hex')
        .toUpperCase()
      const response = await outbound(`${url}/range/${hash.slice(0, 5)}`, {
        headers: { 'add-padding': 'true', accept: 'text/plain' },
      }).catch((error: unknown) => {
        throw new BreachFault(error instanceof OutboundError ? error.reason : 'unreachable', error)
      })
      if (response.status !== 200) throw new BreachFault(`http_${response.status}`)
      return isAmong(await response.text(), hash.slice(5))
    },
  }
}

/** Lines are `<rest of the hash>:<how often>`; those of padding were seen nought times. */
function isAmong(lines: string, rest: string): boolean {
  return lines.split('\n').some((line) => {
    const [suffix = '', count = ''] = line.trim().split(':')
    return suffix.toUpperCase() === rest && Number(count) > 0
  })
}
