import { expect, test } from 'vitest'
import { WarmUp } from '../../../../workers/isolate/process/warm-up.ts'

/** How many runs there are that take so long (ms), one after the other. */
function runsOf(times: readonly number[], budgetMs: number): number {
  let now = 100
  const warmUp = new WarmUp(budgetMs, () => now)
  for (const [at, ms] of times.entries()) {
    now += ms
    if (warmUp.isEnough()) return at + 1
    // What comes between two runs is a part of the time, and not of a run.
    now += 1
    warmUp.begin()
  }
  throw new RangeError('there are more')
}

test.each([
  ['as long as one is faster than all before', [9, 8, 7, 6, 5, 4, 3, 3, 3, 3], 10],
  ['a slow one between does not end it', [9, 20, 8, 20, 20, 7, 7, 7, 7], 9],
  ['one that is as fast as before is no faster', [5, 5, 5, 5, 5], 4],
] as const)('%s', (_name, times, runs) => {
  expect(runsOf(times, 1_000)).toBe(runs)
})

test.each([
  ['the first takes all the time', [60, 1], 50, 1],
  ['a run that began in time ends', [30, 15, 14, 13], 50, 3],
  ['what comes between counts', [5, 4, 3, 2, 1], 13, 3],
] as const)('no longer than there is time: %s', (_name, times, budgetMs, runs) => {
  expect(runsOf(times, budgetMs)).toBe(runs)
})
