import { setTimeout as wait } from 'node:timers/promises'
import { roundRobin } from '../round-robin.ts'
import { median, pairedRatio, summarise } from '../statistics.ts'
import type { Summary } from '../statistics.ts'
import type { Sample, Variant } from './variant.ts'

/** Between two samples (ms): threads that have been started or ended meanwhile come to rest. */
const REST_MS = 60

/** How one variant did in one thing, at one size. */
export interface ScaleResult {
  readonly by: 'records' | 'processes' | 'MB of buffers' | 'messages waiting'
  readonly count: number
  /** `gap`, `pause`, … */
  readonly what: string
  readonly unit: string
  readonly variant: string
  readonly summary: Summary
  /** How many times Erlang's: median over the rounds. Undefined where Erlang has no such value. */
  readonly ratio: number | undefined
}

const units: Readonly<Record<string, string>> = {
  spawn: 'µs',
  memory: 'bytes',
  'round trip': 'µs',
  calls: '/s',
  casts: '/s',
}

/** Samples of each variant in turn. The first round only warms up. */
export async function compare(
  by: ScaleResult['by'],
  count: number,
  rounds: number,
  variants: readonly Variant[],
): Promise<ScaleResult[]> {
  const samples = new Map(variants.map((variant) => [variant, [] as Sample[]]))
  try {
    await roundRobin(1 + rounds, variants, async (variant, round) => {
      await wait(REST_MS)
      const sample = await variant.sample()
      if (round > 0) samples.get(variant)!.push(sample)
    })
  } finally {
    await Promise.all(variants.map((variant) => variant.close()))
  }
  const erlang = variants.find(({ name }) => name === 'Erlang')
  const baseline = erlang && samples.get(erlang)
  const all = [...samples].flatMap(([{ name }, own]) => resultsOf(by, count, name, own, baseline))
  return sorted(all)
}

function resultsOf(
  by: ScaleResult['by'],
  count: number,
  variant: string,
  samples: readonly Sample[],
  baseline: readonly Sample[] | undefined,
): ScaleResult[] {
  return Object.keys(samples[0]!).map((what) => {
    const hasBaseline = baseline?.some((sample) => sample[what] !== undefined) === true
    return {
      by,
      count,
      what,
      unit: units[what] ?? 'ms',
      variant,
      summary: summarise(samples.flatMap((sample) => sample[what]!)),
      ratio: hasBaseline ? pairedRatio(typical(samples, what), typical(baseline, what)) : undefined,
    }
  })
}

function typical(samples: readonly Sample[], what: string): number[] {
  return samples.map((sample) => median(sample[what] ?? []))
}

/** What is to be compared stands together. */
function sorted(results: readonly ScaleResult[]): ScaleResult[] {
  const order = [...new Set(results.map(({ what }) => what))]
  return results.toSorted((one, other) => order.indexOf(one.what) - order.indexOf(other.what))
}
