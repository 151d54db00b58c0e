/** Seconds since 1970, as JWTs and several wire formats count them. */
export function unixSeconds(at: Date): number {
  return Math.floor(at.getTime() / 1000)
}

/** The instant `seconds` after `at`; negative for before. */
export function later(at: Date, seconds: number): Date {
  return new Date(at.getTime() + seconds * 1000)
}

/** Whether a time can be stored and written with four digits for its year: of the years 1 to 9999 (RFC 3339 §1). */
export function isOrdinaryTime(at: Date): boolean {
  const year = at.getUTCFullYear()
  return year >= 1 && year <= 9999
}

/** Whole seconds from `from` until `to`, rounded up, never negative. */
export function secondsUntil(from: Date, to: Date): number {
  return Math.max(0, Math.ceil((to.getTime() - from.getTime()) / 1000))
}

export const minute = 60
export const hour = 60 * minute
export const day = 24 * hour
