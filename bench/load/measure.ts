import { stop } from 'esbuild'
import { setTimeout as wait } from 'node:timers/promises'
import { roundRobin } from '../round-robin.ts'
import { pairedRatio, summarise } from '../statistics.ts'
import type { Summary } from '../statistics.ts'
import { openEsbuild, openEsbuildAndImport, openImport } from './bare.ts'
import type { Loading } from './loading.ts'
import { openCold, openPrepare, openStored } from './moult.ts'
import type { Closure } from './moult.ts'
import { writePrograms } from './programs.ts'
import type { Program } from './programs.ts'

const ROUNDS = 20
const WARM_UP_ROUNDS = 2
/** Before each sample (ms): threads that have been started or ended meanwhile come to rest. */
const REST_MS = 40

/** How one way of loading one program did. */
export interface LoadResult {
  readonly program: string
  readonly closure: Closure
  readonly variant: string
  /** In ms. */
  readonly summary: Summary
  /** How many times as long as what it is to be compared with: median over the rounds. */
  readonly ratio: number
  readonly baseline: string
}

/** Loads of programs of three sizes, cold and from the store, and the preparation of upgrades. */
export async function measureLoads(quick: boolean): Promise<LoadResult[]> {
  const results: LoadResult[] = []
  try {
    for (const program of writePrograms()) {
      results.push(...(await measureProgram(program, quick ? 2 : ROUNDS)))
    }
  } finally {
    await stop()
  }
  return results
}

async function measureProgram(program: Program, rounds: number): Promise<LoadResult[]> {
  const stored = await openStored(program)
  const [esbuild, imported, both] = [
    await openEsbuild(program),
    await openImport(program),
    await openEsbuildAndImport(program),
  ]
  const prepared = [await openPrepare(program, 1), await openPrepare(program, 0)]
  const bases = new Map<Loading, Loading>([
    [esbuild, both],
    [imported, both],
    [both, both],
    [await openCold(program), both],
    [stored.loading, imported],
    ...prepared.map((each) => [each, both] as const),
  ])
  const samples = new Map([...bases.keys()].map((variant) => [variant, [] as number[]]))
  try {
    await roundRobin(WARM_UP_ROUNDS + rounds, [...bases.keys()], async (variant, round) => {
      const ms = await sample(variant)
      if (round >= WARM_UP_ROUNDS) samples.get(variant)!.push(ms)
    })
  } finally {
    await Promise.all([...bases.keys()].map((variant) => variant.close()))
  }
  return [...bases].map(([variant, baseline]) => ({
    program: program.name,
    closure: stored.closure,
    variant: variant.name,
    summary: summarise(samples.get(variant)!),
    ratio: pairedRatio(samples.get(variant)!, samples.get(baseline)!),
    baseline: baseline.name,
  }))
}

async function sample({ prepare, load, tidy }: Loading): Promise<number> {
  await prepare?.()
  await wait(REST_MS)
  const ms = await load()
  await tidy?.()
  return ms
}
