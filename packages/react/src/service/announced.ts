import type { Session } from '../session.ts'
import type { SignedInThere } from './auth-service.ts'

/** What a second window yielded. The page's other parts hear of it by an event, as they do from `altan-auth`. */
export async function announced(provider: string, work: Promise<Session>): Promise<SignedInThere> {
  const session = await work
  window.dispatchEvent(new CustomEvent('supabase:session', { detail: session }))
  return { session, provider }
}
