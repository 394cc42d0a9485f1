import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../statistics.ts'
import type { Attribution, OwnEntered } from './attribution.ts'
import type { Coverage } from './coverage.ts'
import type { Threads } from './threads.ts'

/** What was entered of moult on one side while something was done once. */
export type Walked = readonly OwnEntered[]

/** Both sides of one walk. */
export interface Walk {
  readonly main: Walked
  /** Of the threads that were there when it began: what starts beside it, to take a spare's place, is none of it. */
  readonly threads: Walked
}

/** What counts with. */
export interface Means {
  readonly coverage: Coverage
  readonly threads: Threads
  readonly attribution: Attribution
}

/** So many times in a row nothing must have been entered, so far apart (ms): a runtime starts a spare 100 ms after what needed one. */
const QUIET_LOOKS = 3
const LOOK_MS = 100

/** Does something once and tells what was entered from its beginning until it had ended. */
export async function walk(means: Means, work: () => Promise<unknown>): Promise<Walk> {
  const { coverage, threads, attribution } = means
  const present = await quiet(means)
  await work()
  const main = coverage.take()
  const after = await threads.take()
  const theirs = [...after].filter(([thread]) => present.has(thread)).flatMap(([, each]) => each)
  return { main: attribution.own(main), threads: attribution.own(theirs) }
}

/** Waits until nothing of what was done before goes on. Resolves to the threads that there are. */
async function quiet({ coverage, threads, attribution }: Means): Promise<ReadonlySet<number>> {
  let looks = 0
  let present: ReadonlySet<number> = new Set()
  while (looks < QUIET_LOOKS) {
    await sleep(LOOK_MS)
    const taken = await threads.take()
    const entered = [...coverage.take(), ...[...taken.values()].flat()]
    const isQuiet = attribution.own(entered).length === 0 && taken.size === present.size
    looks = isQuiet ? looks + 1 : 0
    present = new Set(taken.keys())
  }
  return present
}

/** Of several walks the one in the middle, by all its entries. */
export function middle(walks: readonly Walk[]): Walk {
  const sizes = walks.map(({ main, threads }) => entriesOf(main) + entriesOf(threads))
  const size = median(sizes)
  return walks[sizes.indexOf(size)]!
}

export function entriesOf(walked: Walked): number {
  return walked.reduce((sum, { entries }) => sum + entries, 0)
}

export function filesOf(walked: Walked): ReadonlySet<string> {
  return new Set(walked.map(({ file }) => file))
}
