/** From one moment to another, in ms since the epoch. */
export interface Window {
  readonly from: number
  readonly to: number
}

/** How long some requests took, in ms. */
export interface Latency {
  readonly requests: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/**
 * Every request in exactly one group: a swap's, if it was under way at any moment of the swap's window, else that of the time
 * before the first swap, between two, or after the last.
 * @param times when each request was sent and answered, alternating, in ms since the epoch.
 * @param swaps in order of time.
 * @returns quiet, swap, quiet, swap, …, quiet
 */
export function latencies(times: Float64Array, swaps: readonly Window[]): Latency[] {
  const groups = Array.from({ length: 2 * swaps.length + 1 }, (): number[] => [])
  for (let at = 0; at < times.length; at += 2) {
    const sent = times[at]!
    const answered = times[at + 1]!
    const touched = swaps.findIndex(({ from, to }) => sent < to && answered >= from)
    const passed = swaps.filter(({ to }) => sent >= to).length
    groups[touched < 0 ? 2 * passed : 2 * touched + 1]!.push(answered - sent)
  }
  return groups.map(summary)
}

function summary(took: number[]): Latency {
  took.sort((a, b) => a - b)
  const rank = (share: number): number => took[Math.ceil(share * took.length) - 1] ?? NaN
  return { requests: took.length, p50: rank(0.5), p99: rank(0.99), max: rank(1) }
}
