import fc from 'fast-check'
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'

/** Deep equality, holes and prototypes included. Vitest's own takes an own key `constructor` for the class. */
export function expectSame(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toStrictEqual(expected)
  expect(isDeepStrictEqual(actual, expected)).toBe(true)
}

/** Leaves that structured clone carries, the awkward ones often. */
export const leaf: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(undefined, null, true, false, -0, 0, NaN, Infinity, -Infinity, ''),
  fc.double(),
  fc.integer(),
  fc.bigInt(),
  fc.string({ unit: 'binary' }),
  // Node 20 does not take two invalid dates for equal.
  fc.date({ noInvalidDate: true }),
  fc.constantFrom(/a+/giu, /[\]/]/y),
  fc.uint8Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.constantFrom(Object(1), Object('boxed'), Object(false), Object(7n)),
  fc.string().map((message) => new RangeError(message)),
)

/** A key of a plain object; `__proto__` as an own key too. */
const key = fc.oneof(
  fc.string(),
  fc.constantFrom('__proto__', 'constructor', 'toString', '0', '-1', 'a b', ''),
)

function record(pairs: readonly (readonly [string, unknown])[]): object {
  const made = {}
  for (const [name, value] of pairs) {
    Object.defineProperty(made, name, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    })
  }
  return made
}

/** Trees of everything, sparse arrays among them. */
export const tree: fc.Arbitrary<unknown> = fc.letrec<{ node: unknown }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc.array(tie('node'), { maxLength: 5 }),
    fc.array(tie('node'), { maxLength: 4 }).map((items) => {
      const sparse = Array<unknown>(items.length * 2)
      items.forEach((item, index) => (sparse[index * 2] = item))
      return sparse
    }),
    fc.array(fc.tuple(key, tie('node')), { maxLength: 5 }).map(record),
    fc
      .array(fc.tuple(tie('node'), tie('node')), { maxLength: 4 })
      .map((entries) => new Map(entries)),
    fc.array(tie('node'), { maxLength: 4 }).map((items) => new Set(items)),
  ),
})).node

/** Graphs: a tree, one of its parts shared, and ways back to the root. */
export const graph: fc.Arbitrary<unknown> = fc.tuple(tree, tree).map(([one, other]) => {
  const root: Record<string, unknown> = { one, again: one, other }
  root['self'] = root
  root['list'] = [root, other, new Map([[root, one]]), new Set<unknown>([root, other])]
  return root
})
