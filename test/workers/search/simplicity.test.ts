import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compareSimplicity } from '../../../workers/search/simplicity.ts'
import { tree } from '../../src/protocol/bytes/cloneable.ts'

test.each<[unknown, unknown]>([
  [0, 1],
  [1, -1],
  [-1, 2],
  [1, 0.5],
  [0.5, 1000],
  [999, 1e300],
  [0.5, 0.25],
  [0.25, -0],
  [-0, Infinity],
  [Infinity, NaN],
  [null, 0],
  ['', 'a'],
  ['a', 'b'],
  ['zz', 'aaa'],
  [new Date(0), new Date(1)],
  [new Date(1), new Date(NaN)],
  [5n, -5n],
  ['long text', []],
  [[], [0]],
  [[1, 1], { a: [], b: { c: 1 } }],
])('%o is simpler than %o', (simple, other) => {
  expect(compareSimplicity(simple, other)).toBeLessThan(0)
  expect(compareSimplicity(other, simple)).toBeGreaterThan(0)
})

test('is an order', () => {
  fc.assert(
    fc.property(tree, tree, tree, (a, b, c) => {
      const sign = (x: unknown, y: unknown): number => Math.sign(compareSimplicity(x, y))
      expect(sign(a, a)).toBe(0)
      expect(sign(a, b) + sign(b, a)).toBe(0)
      if (sign(a, b) <= 0 && sign(b, c) <= 0) expect(sign(a, c)).toBeLessThanOrEqual(0)
    }),
    { numRuns: 500 },
  )
})
