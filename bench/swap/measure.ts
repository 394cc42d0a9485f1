import { setTimeout as wait } from 'node:timers/promises'
import { roundRobin } from '../round-robin.ts'
import { pairedRatio, summarise } from '../statistics.ts'
import type { Summary } from '../statistics.ts'
import { openFloor } from './floor.ts'
import { openImportQuery } from './import-query.ts'
import { openMoult } from './moult.ts'
import { openNewPool } from './new-pool.ts'
import { openNoSwap } from './no-swap.ts'
import { openRestockingFloor } from './restocking-floor.ts'
import type { Swappable } from './swappable.ts'
import { sampleSwap } from './window.ts'
import type { Window } from './window.ts'

/** Records in the state, 0 for a counter, and how many swaps are measured: the windows of larger states are longer. */
const sizes = [
  { size: 0, rounds: 60 },
  { size: 1_000, rounds: 60 },
  { size: 10_000, rounds: 40 },
  { size: 100_000, rounds: 16 },
]
/** From this size on, where a window takes seconds, only the floor and moult take part in every round. */
const BIG = 100_000
const BIG_EVERY = 4

const WARM_UP_ROUNDS = 3
/** Between two windows (ms): threads that have been started meanwhile come to rest. */
const REST_MS = 60

/** How one variant did at one size of state. Times in ms. */
export interface SwapResult {
  readonly size: number
  readonly variant: string
  /** The longest time between two replies in a window around each swap. */
  readonly gap: Summary
  /** How many times the floor's gap: median over the rounds. */
  readonly gapRatio: number
  /** From the last message handled by the old code to the new being ready, where it is known. */
  readonly pause: Summary | undefined
  /** How late the main thread's event loop was at worst in each window. */
  readonly loopDelay: Summary
  readonly window: Summary
}

interface Sample extends Window {
  readonly round: number
}

/** Swaps under a client that never stops calling. */
export async function measureSwaps(quick: boolean): Promise<SwapResult[]> {
  const results: SwapResult[] = []
  for (const { size, rounds } of sizes) {
    results.push(...(await measureSize(size, quick ? 3 : rounds)))
  }
  return results
}

async function measureSize(size: number, rounds: number): Promise<SwapResult[]> {
  const floor = await openFloor(size)
  const moult = await openMoult(size)
  const others: readonly Swappable[] = [
    await openRestockingFloor(size),
    await openNoSwap(size),
    await openNewPool(size),
    await openImportQuery(size),
  ]
  const variants = [floor, moult, ...others]
  const samples = new Map(variants.map((variant) => [variant, [] as Sample[]]))
  let window = 0
  try {
    await roundRobin(WARM_UP_ROUNDS + rounds, variants, async (variant, round) => {
      if (size >= BIG && others.includes(variant) && round % BIG_EVERY !== 0) return
      await variant.prepare?.()
      await wait(REST_MS)
      // All windows are as long as moult's, in which the new code is made ready too: noise has the same time everywhere.
      const sample = await sampleSwap(variant, variant === moult ? 0 : window)
      if (variant === moult) window = sample.window
      if (round >= WARM_UP_ROUNDS) samples.get(variant)!.push({ round, ...sample })
    })
  } finally {
    await Promise.all(variants.map((variant) => variant.close()))
  }
  const baseline = samples.get(floor)!
  return [...samples].map(([{ name }, own]) => resultOf(size, name, own, baseline))
}

function resultOf(
  size: number,
  variant: string,
  samples: readonly Sample[],
  baseline: readonly Sample[],
): SwapResult {
  const gaps = samples.map(({ gap }) => gap)
  const floorGaps = new Map(baseline.map(({ round, gap }) => [round, gap]))
  const pauses = samples.flatMap(({ pause }) => pause ?? [])
  return {
    size,
    variant,
    gap: summarise(gaps),
    gapRatio: pairedRatio(
      gaps,
      samples.map(({ round }) => floorGaps.get(round) ?? NaN),
    ),
    pause: pauses.length === 0 ? undefined : summarise(pauses),
    loopDelay: summarise(samples.map(({ loopDelay }) => loopDelay)),
    window: summarise(samples.map(({ window }) => window)),
  }
}
