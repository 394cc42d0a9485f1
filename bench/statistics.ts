/** What is told of many measurements of one thing. */
export interface Summary {
  readonly count: number
  readonly min: number
  readonly p50: number
  readonly p99: number
  readonly max: number
}

export function summarise(values: readonly number[]): Summary {
  const sorted = Float64Array.from(values).sort()
  return {
    count: sorted.length,
    min: sorted[0] ?? NaN,
    p50: quantile(sorted, 0.5),
    p99: quantile(sorted, 0.99),
    max: sorted.at(-1) ?? NaN,
  }
}

export function median(values: readonly number[]): number {
  return quantile(Float64Array.from(values).sort(), 0.5)
}

/** The smallest value that at least `share` of all values do not exceed (nearest rank). */
function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? NaN
}

/**
 * The median of the ratios of values taken in the same round. What slows the machine down for a while
 * slows both halves of a pair, which a ratio of two medians would not cancel.
 */
export function pairedRatio(values: readonly number[], baseline: readonly number[]): number {
  return median(values.map((value, round) => value / (baseline[round] ?? NaN)))
}
