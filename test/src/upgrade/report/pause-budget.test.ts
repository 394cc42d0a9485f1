// @module-tag once
import { expect, test } from 'vitest'
import {
  PauseBudget,
  TRAVEL_MS,
  estimatedPause,
} from '../../../../src/upgrade/report/pause-budget.ts'
import type { PauseEstimate } from '../../../../src/upgrade/report/pause-budget.ts'

function estimate(given: Partial<PauseEstimate>): PauseEstimate {
  const nothing = { leaveMs: 0, enterMs: 0, recordsLeft: 0, recordsMs: 0 }
  return { process: 'p1', from: 'old', to: 'new', ...nothing, ...given }
}

test('one process takes the sum of its steps', () => {
  const one = estimate({ leaveMs: 2, enterMs: 3, recordsMs: 1 })
  expect(estimatedPause([one])).toBe(TRAVEL_MS + 6)
  expect(estimatedPause([])).toBe(0)
})

test('threads work side by side, processes of one thread one after the other', () => {
  const apart = [
    estimate({ from: 1, to: 2, leaveMs: 5, enterMs: 1 }),
    estimate({ from: 3, to: 4, leaveMs: 1, enterMs: 4 }),
  ]
  expect(estimatedPause(apart)).toBe(TRAVEL_MS + 9)
  const together = [estimate({ leaveMs: 5, enterMs: 1 }), estimate({ leaveMs: 1, enterMs: 4 })]
  expect(estimatedPause(together)).toBe(TRAVEL_MS + 11)
})

test('what is too long is refused with the figures of the process that takes longest', () => {
  const short = estimate({ process: 'short', leaveMs: 1 })
  const long = estimate({ process: 'long', enterMs: 12.34, recordsLeft: 70, recordsMs: 2 })
  const budget = new PauseBudget(9)
  expect(() => budget.check([short, long])).toThrow(
    expect.objectContaining({
      code: 'PAUSE_TOO_LONG',
      process: 'long',
      expected: 'at most 9 ms',
      received: 'some 16 ms',
      message:
        'the pause would be some 16 ms, and at most 9 ms are allowed; ' +
        'long: leaving 0.0, entering 12, 70 records that keep changing 2.0, ways 0.5',
    }),
  )
})

test('a report compares what was thought with what was', () => {
  const budget = new PauseBudget(9)
  budget.check([estimate({ leaveMs: 2 })])
  expect(budget.report(8)).toEqual({
    budget: { maxPauseMs: 9, stoodStillMs: 8, estimatedMs: 2.5, isExceeded: false },
  })
  expect(budget.report(10).budget?.isExceeded).toBe(true)
  expect(new PauseBudget(Infinity).report(10)).toEqual({})
})
