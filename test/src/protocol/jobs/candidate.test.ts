import { expect, test } from 'vitest'
import { deserialise, serialise } from '../../../../src/protocol/bytes/clone-bytes.ts'
import { CandidateCell } from '../../../../src/protocol/jobs/candidate.ts'

test('the state under candidate is read on the other side of the memory', () => {
  const mine = new CandidateCell()
  const theirs = new CandidateCell(mine.memory)
  expect([mine.begun, mine.state]).toEqual([0, undefined])
  theirs.begin(serialise({ first: new Set([1]) }))
  theirs.begin(serialise({ a: 1 }))
  expect(mine.begun).toBe(2)
  expect(deserialise(mine.state!)).toStrictEqual({ a: 1 })
})

test('a state that is too long is counted, not kept', () => {
  const cell = new CandidateCell()
  cell.begin(new Uint8Array(2 ** 20))
  expect(cell.state?.length).toBe(2 ** 20)
  cell.begin(new Uint8Array(2 ** 20 + 1))
  expect([cell.begun, cell.state]).toEqual([2, undefined])
  cell.begin(new Uint8Array())
  expect([cell.begun, cell.state?.length]).toEqual([3, 0])
})
