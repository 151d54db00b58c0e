import { sameText, sha256 } from '../../base/digest.ts'
import { base64url } from '../../base/encoding.ts'
import { Refusal } from '../../base/errors.ts'
import type { Core } from '../../core/core.ts'
import type { Caller } from '../caller.ts'
import type { Grant } from '../session/open.ts'
import type { Return } from './send.ts'
import { finish } from './verify.ts'

/**
 * The yes to connecting an account elsewhere, said on a page of ours in the browser that came back with it.
 * @throws Refusal `bad_oauth_state`, and as connecting by hand does
 */
export async function confirmLink(
  core: Core,
  caller: Caller,
  input: { readonly handle: string; readonly browser: string | undefined },
): Promise<{ readonly grant: Grant; readonly back: Return }> {
  const { handle, browser } = input
  const ticket = handle.length > 128 ? undefined : await core.tickets.findByAttempt(handle)
  const known = ticket?.payload['browser']
  const isOwn = browser !== undefined && typeof known === 'string' && sameText(base64url(sha256(browser)), known)
  if (ticket?.purpose !== 'provider_return' || !isOwn) throw new Refusal('bad_oauth_state')
  const verified = await finish(core, caller, { ticket, via: 'link', more: {} })
  if (verified.kind !== 'complete') throw new Refusal('bad_oauth_state')
  const { redirectTo } = ticket.payload
  return { grant: verified.grant, back: typeof redirectTo === 'string' ? { redirectTo } : {} }
}
