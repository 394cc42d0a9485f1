import { expect, test } from 'vitest'
import { GraphSource } from '../../../../workers/state/graph/graph-source.ts'

test('the work of what has changed in a round is without the looks at the rest', () => {
  const items = Array.from({ length: 5_000 }, (_none, n) => ({ n, name: `item ${n}` }))
  const source = new GraphSource({ items })
  /** The work of a round in which the first so many have changed. */
  const workOf = (changed: number): number => {
    for (const item of items.slice(0, changed)) item.n--
    while (source.take(256) !== undefined);
    expect(source.changed).toBe(changed)
    return source.changedSize
  }
  while (source.take(256) !== undefined);
  expect(workOf(0)).toBe(0)
  const work = workOf(100)
  // To find and write the field of an object is more than one look at it.
  expect(work).toBeGreaterThan(100)
  expect(workOf(200)).toBe(2 * work)
})

test('the work of the rest is that of what has changed since the last round', () => {
  const items = Array.from({ length: 1_000 }, (_none, n) => ({ n }))
  const source = new GraphSource({ items })
  while (source.take(256) !== undefined);
  items[7]!.n = -1
  while (source.take(256) !== undefined);
  const work = source.changedSize
  items[8]!.n = -1
  source.rest()
  expect([source.changed, source.changedSize]).toEqual([1, work])
})
