import { expect, test } from 'vitest'
import { KeptObjects } from '../../../../workers/state/graph/kept-objects.ts'
import { Shape } from '../../../../workers/state/graph/shape.ts'

const RECORDS = 5_000

test('records keep their values, however often they change', () => {
  const empty = new Shape(Object.prototype)
  const kept = new KeptObjects()
  const expected: unknown[][] = []
  for (let at = 0; at < RECORDS; at++) kept.add(at, {}, empty, undefined)
  expect(kept.shadowAt(7)).toBeUndefined()
  for (let round = 0; round < 12; round++) {
    for (let at = 0; at < RECORDS; at++) {
      if (round > 0 && at % (round + 1) === 0) continue
      const keys = ['a', 'b', 'c', 'd', 'e'].slice(0, 1 + ((at + round) % 5))
      const values = keys.map((key) => `${key} ${at} ${round}`)
      kept.keepRecord(at, empty.of(keys), values)
      expected[at] = values
    }
  }
  expect(Array.from({ length: RECORDS }, (_none, at) => kept.shadowAt(at))).toEqual(expected)
  kept.letGo(7)
  expect([kept.objectAt(7), kept.shadowAt(7), kept.shadowAt(8)]).toEqual([
    undefined,
    undefined,
    expected[8],
  ])
  const looked: unknown[] = []
  const found = kept.find(5, RECORDS, (object) => looked.push(object) < 3)
  expect([found, looked.length]).toEqual([8, 3])
})
