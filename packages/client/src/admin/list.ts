import type { Reply } from '../base/result.ts'
import type { PageInput } from '../client.ts'

/** One page of a list. */
export interface Page<T> {
  readonly items: T[]
  readonly nextCursor: string | null
}

/**
 * A list: called, it answers with one page; `all` walks over every page.
 * @example
 * const { data } = await admin.users.list({ limit: 20 })
 */
export interface List<T, Filter = object> {
  (input?: Filter & PageInput): Reply<Page<T>>
  /**
   * Walks over every page, and asks for the next one when it is needed.
   * @throws AuthError
   * @example
   * for await (const user of admin.users.list.all({ status: 'active' })) show(user.email)
   */
  all(input?: Filter & { readonly limit?: number }): AsyncIterable<T>
}
