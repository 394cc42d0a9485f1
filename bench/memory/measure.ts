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
}

const variants = [
  { name: 'moult', script: new URL('./moult.ts', import.meta.url) },
  { name: "import('?v=n')", script: new URL('./import-query.ts', import.meta.url) },
]

/** Resident memory over many swaps, each variant in a process of its own. */
export async function measureMemory(quick: boolean): Promise<MemoryResult[]> {
  const results: MemoryResult[] = []
  for (const { name, script } of variants) {
    const points = await run(script, quick ? 2 * EVERY : 1_000)
    results.push({ variant: name, points, growth: points.at(-1)!.rss / points[0]!.rss })
  }
  return results
}

async function run(script: URL, swaps: number): Promise<MemoryPoint[]> {
  // Plain JavaScript in a plain process: a loader such as tsx keeps memory of its own for each import.
  const moult = import.meta.resolve('moult')
  const directory = fileURLToPath(new URL('../results/local/', import.meta.url))
  mkdirSync(directory, { recursive: true })
  const file = await threadFile(script)
  const child = fork(file, [String(swaps), moult, directory], threadOptions)
  const points: MemoryPoint[] = []
  child.on('message', (point: MemoryPoint) => points.push(point))
  const [exitCode] = (await once(child, 'exit')) as [number]
  if (exitCode !== 0) throw new Error(`${script.pathname} ended with ${exitCode}`)
  return points
}
