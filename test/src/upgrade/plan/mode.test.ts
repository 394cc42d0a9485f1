// @module-tag once
import { expect, test } from 'vitest'
import { isRolling } from '../../../../src/upgrade/plan/mode.ts'

test('processes move together where each has a thread of its own, else a group at a time', () => {
  expect([isRolling({}, 'per-process'), isRolling({}, 1), isRolling({}, 8)]).toEqual([
    false,
    true,
    true,
  ])
})

test('what is said counts, not where they live', () => {
  expect(isRolling({ mode: 'rolling' }, 'per-process')).toBe(true)
  expect(isRolling({ mode: 'atomic' }, 2)).toBe(false)
})

test.each([{ groupSize: 4 }, { throttleMs: 0 }, { blocked: 'fail' as const }])(
  'what is said of groups makes it rolling: %o',
  (said) => {
    expect(isRolling(said, 'per-process')).toBe(true)
    expect(isRolling({ mode: 'rolling', ...said }, 'per-process')).toBe(true)
  },
)

test('what has no value is not said', () => {
  const nothing = {
    mode: undefined,
    groupSize: undefined,
    throttleMs: undefined,
    blocked: undefined,
  }
  expect(isRolling(nothing, 'per-process')).toBe(false)
})
