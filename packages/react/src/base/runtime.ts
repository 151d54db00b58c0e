/** Seconds since 1970, by the clock on the wall. */
export const nowInSeconds = (): number => Math.floor(Date.now() / 1000)
