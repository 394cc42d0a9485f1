import { expect, test } from 'vitest'
import { checkAnswers, checkUpdates } from '../../examples/city-search/checks.ts'
import { latencies } from '../../examples/city-search/latency.ts'

test('every request counts once: during a swap if it touched one', () => {
  const swaps = [
    { from: 100, to: 110 },
    { from: 200, to: 210 },
  ]
  // Each pair: sent, answered.
  const times = Float64Array.of(10, 20, 95, 105, 90, 130, 120, 125, 150, 200, 209, 230, 210, 240)
  const groups = latencies(times, swaps)
  expect(groups.map(({ requests }) => requests)).toEqual([1, 2, 1, 2, 1])
  expect(groups.map(({ max }) => max)).toEqual([10, 40, 5, 50, 30])
  expect(groups[1]).toEqual({ requests: 2, p50: 10, p99: 40, max: 40 })
})

test('lost and double updates of different cities do not cancel out', () => {
  const sent = new Map([
    [1, 5],
    [2, 5],
  ])
  const tally = {
    requests: 10,
    failures: 0,
    non2xx: 0,
    sent,
    acknowledged: sent,
    times: new Float64Array(),
  }
  const counted = new Map([
    [1, 4],
    [2, 6],
    [3, 1],
  ])
  const found = checkUpdates(tally, counted).map(({ name, found, holds }) => [name, found, holds])
  expect(found).toEqual([
    ['updates without a reply', '0', true],
    ['lost updates', '1, not 0', false],
    ['double updates', '2, not 0', false],
  ])
})

test('answers that are missing, out of order or all empty are not equal', () => {
  expect(checkAnswers(['a', 'b'], ['a', 'b']).holds).toBe(true)
  expect(checkAnswers(['a', 'b'], ['b', 'a']).holds).toBe(false)
  expect(checkAnswers(['a', 'b'], ['a']).holds).toBe(false)
  expect(checkAnswers(['[]', '[]'], ['[]', '[]']).holds).toBe(false)
})
