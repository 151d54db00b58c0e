const firstMs = 500
const mostMs = 30_000
/** A worker that lived this long did not die of its start. */
const healthyMs = 60_000

/** How long to wait before a dead worker is replaced: twice as long after each quick death, up to 30 s. */
export function nextPause(deaths: number, livedMs: number): { readonly pauseMs: number; readonly deaths: number } {
  const counted = livedMs >= healthyMs ? 0 : deaths
  return { pauseMs: Math.min(mostMs, firstMs * 2 ** Math.min(counted, 10)), deaths: counted + 1 }
}
