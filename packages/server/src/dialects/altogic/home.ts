import { type Answer, redirectTo } from '../../http/answer.ts'
import type { Altogic } from './dialect.ts'

/** The application's place with facts behind whatever query it has. Custom schemes are not known to the URL parser. */
export function home({ options }: Altogic, facts: Readonly<Record<string, string>>): Answer {
  const [bare = '', fragment] = options.redirectUrl.split('#', 2)
  const query = new URLSearchParams(facts).toString()
  const place = `${bare}${bare.includes('?') ? '&' : '?'}${query}${fragment === undefined ? '' : `#${fragment}`}`
  return redirectTo(302, place)
}
