import { expect, test } from 'vitest'
import { largeBuffersAmong } from '../../../../src/protocol/bytes/large-buffers.ts'
import { isLarge } from '../../../../workers/state/graph/is-large.ts'

const of = (count: number): object[] => Array.from({ length: count }, (_none, at) => ({ at }))

test.each<[string, unknown, boolean]>([
  ['a primitive', 1, false],
  ['few objects', { list: of(500) }, false],
  ['many objects in a list', { list: of(1_000) }, true],
  ['many objects in a Map', new Map(of(3_000).map((each) => [each, 1])), true],
  ['many objects in a Set', [new Set(of(3_000))], true],
  ['many objects that are one', Array(10_000).fill(of(1)[0]), false],
  ['few primitives', Array(10_000).fill(1), false],
  ['many primitives', Array(100_000).fill(1), true],
  ['a sparse array', Array(2 ** 31), true],
  ['a large buffer', new Uint8Array(10_000_000), false],
  ['what a program has hidden', { get list() { throw new Error('called') } }, false], // prettier-ignore
  ['a proxy', new Proxy({}, { ownKeys: () => [] }), false],
])('%s', (_what, state, expected) => {
  expect(isLarge(state)).toBe(expected)
})

test('of a small state all objects have been seen, and large buffers among them', () => {
  const large = new Uint8Array(2 ** 21)
  const key = { inner: [1, new Set([{ large }])] }
  const state = { map: new Map([[key, 2]]), views: [large.subarray(8), new Uint8Array(8)] }
  const seen = new Set<unknown>()
  expect(isLarge(state, seen)).toBe(false)
  expect(seen).toContain(key.inner)
  expect(seen.size).toBe(10)
  expect(largeBuffersAmong(seen)).toEqual([2 ** 21])
})
