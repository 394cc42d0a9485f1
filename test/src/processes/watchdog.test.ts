import { expect, test } from 'vitest'
import { restMs } from '../../../src/processes/watchdog.ts'

test.each([
  ['a quarter of the shortest limit', 400, 1, 100],
  ['not less than a timer can', 5, 0, 10],
  ['not longer than a second', 60_000, 1, 1_000],
  ['longer where a round takes long', 400, 10, 500],
])('a watchdog rests %s', (_what, shortestMs, usedMs, expected) => {
  expect(restMs(shortestMs, usedMs)).toBe(expected)
})
