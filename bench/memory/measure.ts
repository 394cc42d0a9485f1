import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { threadFile, threadOptions } from '../thread-file.ts'
import { EVERY } from './report.ts'
import type { MemoryPoint } from './report.ts'

/** How the resident memory of one variant's process went. */
export interface MemoryResult {
  readonly variant: string
  readonly points: readonly MemoryPoint[]
  /** Resident memory after the last swap as a multiple of that after the first {@link EVERY}. */
  readonly growth: number
  /** The same without main's own heap. */
  readonly growthBesideHeap: number
}

interface Variant {
  readonly name: string
  readonly script: URL
  /** Which versions stay. */
  readonly kept?: 'two' | 'all'
}

const moult = new URL('./moult.ts', import.meta.url)

const variants: readonly Variant[] = [
  { name: 'moult', script: moult, kept: 'two' },
  { name: 'moult, no version purged', script: moult, kept: 'all' },
  { name: 'bare threads', script: new URL('./threads.ts', import.meta.url) },
  { name: "import('?v=n')", script: new URL('./import-query.ts', import.meta.url) },
]

/** Resident memory over many swaps, each variant in a process of its own. */
export async function measureMemory(quick: boolean): Promise<MemoryResult[]> {
  const results: MemoryResult[] = []
  for (const variant of variants) {
    const points = await run(variant, quick ? 2 * EVERY : 1_000)
    const [first, last] = [points[0]!, points.at(-1)!]
    const growth = last.rss / first.rss
    const growthBesideHeap = (last.rss - last.heap) / (first.rss - first.heap)
    results.push({ variant: variant.name, points, growth, growthBesideHeap })
  }
  return results
}

async function run({ script, kept = 'all' }: Variant, swaps: number): Promise<MemoryPoint[]> {
  // Plain JavaScript in a plain process: a loader such as tsx keeps memory of its own for each import.
  const library = import.meta.resolve('moult')
  const directory = fileURLToPath(new URL('../results/local/', import.meta.url))
  mkdirSync(directory, { recursive: true })
  const file = await threadFile(script)
  const child = fork(file, [String(swaps), library, directory, kept], threadOptions)
  const points: MemoryPoint[] = []
  child.on('message', (point: MemoryPoint) => points.push(point))
  const [exitCode] = (await once(child, 'exit')) as [number]
  if (exitCode !== 0) throw new Error(`${script.pathname} ended with ${exitCode}`)
  return points
}
