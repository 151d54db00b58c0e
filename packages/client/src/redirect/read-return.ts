import { uuid } from '../base/encoding.ts'
import { statePrefix } from './flows.ts'

/** What a redirect brought back to this address. */
export interface Return {
  readonly code: string | null
  /** Null for an administrator's link, which has none. */
  readonly state: string | null
  readonly error: { readonly code: string; readonly message: string; readonly requestId: string | null } | null
  /** The address without it. */
  readonly clean: string
}

const names = ['code', 'state', 'error', 'error_code', 'error_description', 'request_id']

/** Reads what is ours from an address; `undefined` where nothing is. Tokens in an address are never taken. */
export function readReturn(address: string): Return | undefined {
  const url = new URL(address)
  const field = (name: string) => url.searchParams.get(name)
  const [code, state, error] = [field('code'), field('state'), field('error')]
  const isOurs = state?.startsWith(statePrefix)
  const isAdminsLink = state === null && uuid.test(code ?? '')
  if (!isAdminsLink && !(isOurs && (code ?? error) !== null)) return undefined
  const message = field('error_description')
  const refusal = error === null ? null : { code: error, message: message ?? error, requestId: field('request_id') }
  for (const name of names) url.searchParams.delete(name)
  return { code, state, error: refusal, clean: url.href }
}
