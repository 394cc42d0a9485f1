import fc from 'fast-check'
import { expect, test } from 'vitest'
import { NOT_FLAT, flatCopy } from '../../../../src/protocol/bytes/flat-copy.ts'
import { expectSame, tree } from './cloneable.ts'

test('a flat copy is what structured clone would make, or none', () => {
  fc.assert(
    fc.property(tree, (value) => {
      const copy = flatCopy(value)
      if (copy === NOT_FLAT) return
      expectSame(copy, structuredClone(value))
      if (typeof value === 'object' && value !== null) expect(copy).not.toBe(value)
    }),
    { numRuns: 1000 },
  )
})

test.each([
  [
    'a class',
    new (class Own {
      readonly field = 1
    })(),
  ],
  ['no prototype', Object.create(null)],
  ['an inner object', { inner: {} }],
  ['a function', { f: () => 1 }],
  ['a symbol', [Symbol('s')]],
  ['a hole', Array(1)],
  ['a date', new Date()],
])('what holds %s is not flat', (_what, value) => {
  expect(flatCopy(value)).toBe(NOT_FLAT)
})

test('a hole is not hidden by a field beside the elements', () => {
  const list = Object.assign(Array(1), { extra: 1 })
  expect(flatCopy(list)).toBe(NOT_FLAT)
})
