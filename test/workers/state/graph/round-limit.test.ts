import { expect, test } from 'vitest'
import { RoundLimit } from '../../../../workers/state/graph/round-limit.ts'

/** Of a copy whose first round took so long. */
function limit(firstMs: number, budgetMs = Infinity): RoundLimit {
  const rounds = new RoundLimit(budgetMs)
  rounds.begin(1000)
  rounds.begin(1001)
  rounds.endRound(1000 + firstMs)
  return rounds
}

test('the first round takes the time that it needs', () => {
  const rounds = new RoundLimit(Infinity)
  expect(rounds.isReached(5000)).toBe(false)
  rounds.begin(0)
  expect(rounds.isReached(5000)).toBe(false)
})

test('the others may take as long as the first together, and longer where the pause has a budget', () => {
  const rounds = limit(10_000)
  rounds.endRound(19_000)
  expect([rounds.isReached(20_900), rounds.isReached(21_100)]).toEqual([false, true])
  const budgeted = limit(10_000, 50)
  expect([budgeted.isReached(50_900), budgeted.isReached(51_100)]).toEqual([false, true])
})

test('a copy that was quick may go on a little', () => {
  expect(limit(2).isReached(1100)).toBe(false)
})
