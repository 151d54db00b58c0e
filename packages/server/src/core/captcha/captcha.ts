import { later, minute } from '../../base/duration.ts'
import type { Runtime } from '../../base/runtime.ts'
import type { Settings } from '../settings/settings.ts'
import type { CaptchaPlace } from './captcha-places.ts'
import type { CaptchaJudge, Challenge, Solution, Verdict } from './captcha-vendor.ts'
import type { SpentSolutions } from './spent-solutions.ts'

/** Tells people from programs. */
export interface Captcha {
  /**
   * Judges a solution and uses it up.
   * @returns why it does not count; undefined when it does
   * @throws CaptchaFault when nobody can say
   */
  refusalOf(solution: Solution, place: CaptchaPlace): Promise<readonly string[] | undefined>
  /** A challenge of our own, where it is us who judge. @param place what alone its solution is good for; default everything */
  challenge?(place: CaptchaPlace | undefined): Challenge
  purge(limit: number): Promise<number>
}

/** Longer ones no vendor hands out. */
const longest = 8_192
/** How long a vendor takes one solution for good at most. */
const life = 10 * minute

/** Joins a vendor with what is compared whoever it is: the site, the action, the score, and that each solution counts once. */
export function createCaptcha(deps: {
  readonly judge: CaptchaJudge
  readonly spent: SpentSolutions
  readonly policy: Settings['captcha']
  readonly runtime: Pick<Runtime, 'now'>
}): Captcha {
  const { judge, spent, policy, runtime } = deps
  return {
    async refusalOf(solution, place) {
      if (solution.token.length > longest) return ['invalid-input-response']
      const verdict = await judge.judge(solution)
      if (verdict.kind === 'unsolved') return verdict.codes
      const mismatch = mismatchOf(verdict, place, policy)
      if (mismatch !== undefined) return [mismatch]
      const { what, until } = verdict.spends ?? { what: solution.token, until: later(runtime.now(), life) }
      return (await spent.spend(what, until)) ? undefined : ['timeout-or-duplicate']
    },
    ...(judge.challenge === undefined ? {} : { challenge: judge.challenge }),
    purge: (limit) => spent.purge(limit),
  }
}

function mismatchOf(
  { hostname, action, score, spends }: Extract<Verdict, { kind: 'solved' }>,
  place: CaptchaPlace,
  policy: Settings['captcha'],
): string | undefined {
  const { hostnames, compareAction } = policy
  // A challenge of our own is nobody else's, and there is no page that it was drawn on.
  const hasPage = spends === undefined
  if (hasPage && hostnames.length > 0 && !hostnames.some((entry) => isMeant(entry, hostname ?? '')))
    return 'hostname-mismatch'
  if (compareAction && action !== undefined && action !== place) return 'action-mismatch'
  return score !== undefined && score < policy.score ? 'score-too-low' : undefined
}

function isMeant(entry: string, hostname: string): boolean {
  const name = hostname.toLowerCase()
  return entry.startsWith('*.') ? name.endsWith(entry.slice(1)) : name === entry
}
