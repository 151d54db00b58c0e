/** Milliseconds of many requests, and what they amount to. */
export class Latencies {
  #values = new Float64Array(4096)
  #count = 0

  add(ms) {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(this.#count * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#count] = ms
    this.#count += 1
  }

  summary() {
    const sorted = this.#values.slice(0, this.#count).sort()
    const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: sorted.at(-1) ?? 0 }
  }
}
