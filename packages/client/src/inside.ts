import type { Attempts } from './attempt/attempts.ts'
import type { Runtime } from './base/runtime.ts'
import type { Client } from './client.ts'
import type { GettingIn } from './getting-in.ts'
import type { Challenge } from './redirect/flows.ts'
import type { Authorised } from './request/authorised.ts'
import type { Send } from './request/request.ts'
import type { SessionManager } from './session/session-manager.ts'

/** What the further entry points of this package share with a client. It is no part of what the package promises. */
export interface Inside {
  readonly runtime: Runtime
  /** Public address of the server. */
  readonly origin: string
  readonly send: Send
  readonly authorised: Authorised
  /** As `authorised`, but nobody is asked for another proof. */
  readonly plainly: Authorised
  readonly attempts: Attempts
  readonly sessions: SessionManager
  readonly withReturn: <T extends { redirectTo?: string | undefined }>(
    input: T,
  ) => Promise<Omit<T, 'redirectTo'> & { readonly redirectTo: string | undefined } & Partial<Challenge>>
  /**
   * Of what leads away and back again. @param inWindow what comes back does so in a second window
   * @throws TypeError where there is no cryptography
   */
  readonly withWayBack: <T extends { redirectTo?: string | undefined }>(
    input: T,
    inWindow?: boolean,
  ) => Promise<Omit<T, 'redirectTo'> & { readonly redirectTo: string | undefined } & Challenge>
  readonly acts: GettingIn['acts']
  /** Where the session is stored. */
  readonly key: string
  readonly throws: boolean
}

/** Known across copies of this package, so that an entry point finds a client of another bundle. */
export const inside: unique symbol = Symbol.for('watchword.client')

/** @throws TypeError for what is no client of this package */
export function insideOf(client: Client<boolean>): Inside {
  const held = (client as { [inside]?: Inside })[inside]
  if (held === undefined) throw new TypeError('A client of @watchword/client is needed: createClient(…).')
  return held
}
