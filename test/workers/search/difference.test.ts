import fc from 'fast-check'
import { expect, test } from 'vitest'
import { differenceOf, tellDifference } from '../../../workers/search/difference.ts'
import { isSame } from '../../../workers/search/sameness.ts'
import { tree } from '../../src/protocol/bytes/cloneable.ts'

test.each<[unknown, unknown, string]>([
  [1, 2, 'state was 1 and is 2 afterwards'],
  [0, -0, 'state was 0 and is -0 afterwards'],
  [{ a: [1, { b: 'x' }] }, { a: [1, { b: 'y' }] }, "state.a[1].b was 'x' and is 'y' afterwards"],
  [{ a: 1 }, {}, 'state.a was 1 and is missing afterwards'],
  [{}, { 'a b': undefined }, 'state["a b"] was not there and is undefined afterwards'],
  [{ a: undefined }, {}, 'state.a was undefined and is missing afterwards'],
  [[1, 2], [1], 'state[1] was 2 and is missing afterwards'],
  [new Map([['k', 1]]), new Map([['k', 2]]), "state.get('k') was 1 and is 2 afterwards"],
  [new Set([1]), new Set([2]), 'state was Set(1) { 1 } and is Set(1) { 2 } afterwards'],
  [new Map(), {}, 'state was Map(0) {} and is {} afterwards'],
  [
    new Date(0),
    new Date(1),
    'state was 1970-01-01T00:00:00.000Z and is 1970-01-01T00:00:00.001Z afterwards',
  ],
])('%o and %o', (before, after, told) => {
  const difference = differenceOf(before, after, 'state')
  expect(difference && tellDifference(difference)).toBe(told)
})

test('there is one where two values are not deeply equal, and only there', () => {
  fc.assert(
    fc.property(tree, tree, (one, other) => {
      expect(differenceOf(one, structuredClone(one), 'state')).toBe(undefined)
      expect(differenceOf(one, other, 'state') === undefined).toBe(isSame(one, other))
    }),
    { numRuns: 300 },
  )
})

test('an invalid Date is the same as another, wherever it is', () => {
  const state = (order: 1 | -1, time = NaN): unknown => ({
    list: [new Date(time)],
    map: new Map([[{ key: new Date(time) }, new Date(time)]]),
    set: new Set([new Date(0), new Date(time)]),
    ...Object.fromEntries(['a', 'b'].toSorted(() => order).map((name) => [name, new Date(time)])),
  })
  expect(isSame(state(1), state(-1))).toBe(true)
  expect(isSame(state(1), state(1, 0))).toBe(false)
  const own: Record<string, unknown> = { at: new Date(NaN) }
  own['self'] = own
  expect(isSame(own, structuredClone(own))).toBe(true)
})
