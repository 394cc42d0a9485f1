// @module-tag once
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { affectedBy, isRestarted } from '../../../src/supervision/strategy.ts'
import type { ChildEnd, ChildRestart, Strategy } from '../../../src/supervision/strategy.ts'

const strategies = fc.constantFrom<Strategy>('one-for-one', 'one-for-all', 'rest-for-one')

/** Whether OTP restarts the child at `at` where the one at `failed` has died. */
function isAffected(strategy: Strategy, failed: number, at: number): boolean {
  switch (strategy) {
    case 'one-for-one':
      return at === failed
    case 'one-for-all':
      return true
    case 'rest-for-one':
      return at >= failed
  }
}

test('a strategy chooses the children that OTP chooses, once each and in their order', () => {
  fc.assert(
    fc.property(strategies, fc.nat(40), fc.nat(40), (strategy, failed, behind) => {
      const count = failed + 1 + behind
      const all = Array.from({ length: count }, (_none, at) => at)
      const expected = all.filter((at) => isAffected(strategy, failed, at))
      expect(affectedBy(strategy, failed, count)).toEqual(expected)
    }),
  )
})

test.each<readonly [ChildRestart, readonly ChildEnd[]]>([
  ['permanent', ['stop', 'death']],
  ['transient', ['death']],
  ['temporary', []],
])('a %s child comes back behind %j', (restart, ends) => {
  const all = ['stop', 'shutdown', 'death'] as const
  expect(all.filter((end) => isRestarted(restart, end))).toEqual(ends)
})
