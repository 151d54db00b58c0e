const units: Readonly<Record<string, number>> = {
  ns: 1e-9,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3_600,
}

/** 2^63 nanoseconds, where durations of Go end. */
const mostSeconds = 9_223_372_036

const whole = /^[+-]?(?:0|(?:(?:\d{1,12}(?:\.\d{0,9})?|\.\d{1,9})(?:ns|us|µs|μs|ms|s|m|h)){1,8})$/
const part = /(\d*\.?\d*)(ns|us|µs|μs|ms|s|m|h)/g

/** Seconds of a duration as Go writes them, such as `1h30m` or `300ms`; undefined for anything else. */
export function goSeconds(text: string): number | undefined {
  if (!whole.test(text)) return undefined
  const seconds = [...text.matchAll(part)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ''] ?? 0),
    0,
  )
  if (seconds > mostSeconds) return undefined
  return text.startsWith('-') ? -seconds : seconds
}
