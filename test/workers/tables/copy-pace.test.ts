import { expect, test } from 'vitest'
import { CopyPace } from '../../../workers/tables/copy-pace.ts'

/** A pace that has learnt what records cost. */
function paceOf(msPerRecord: number, budgetMs: number): CopyPace {
  const pace = new CopyPace(budgetMs)
  pace.sent(1000, 1000 * msPerRecord)
  return pace
}

test('slices grow and shrink towards what fits', () => {
  const fast = new CopyPace(Infinity)
  for (let slice = 0; slice < 50; slice++) {
    const { sliceRecords } = fast
    fast.sent(sliceRecords, sliceRecords * 0.0002)
  }
  expect(fast.sliceRecords).toBeGreaterThan(400)
  expect(fast.sliceRecords).toBeLessThan(600)
  for (let slice = 0; slice < 50; slice++) {
    const { sliceRecords } = fast
    fast.sent(sliceRecords, sliceRecords * 0.002)
  }
  expect(fast.sliceRecords).toBeLessThan(60)
  for (let slice = 0; slice < 50; slice++) fast.sent(fast.sliceRecords, 100)
  expect(fast.sliceRecords).toBeGreaterThan(0)
})

test('a slice is longer where messages have taken long', () => {
  const sizeAfter = (waitedMs: number): number => {
    const pace = new CopyPace(Infinity)
    for (let slice = 0; slice < 50; slice++) {
      pace.sent(pace.sliceRecords, pace.sliceRecords * 0.001, waitedMs)
    }
    return pace.sliceRecords
  }
  expect(sizeAfter(0)).toBe(sizeAfter(0.5))
  expect(sizeAfter(1.25)).toBeGreaterThan(2 * sizeAfter(0))
  expect(sizeAfter(2.5)).toBeGreaterThan(4 * sizeAfter(0))
  expect(sizeAfter(100)).toBe(sizeAfter(2.5))
})

test('the first round ends with the tables, the others with what had changed', () => {
  const pace = paceOf(0.01, Infinity)
  expect([pace.isRoundOver(true), pace.isRoundOver(false)]).toEqual([false, true])
  pace.beginRound(20)
  expect(pace.sliceRecords).toBe(20)
  pace.sent(20, 1)
  expect(pace.isRoundOver(false)).toBe(true)
  expect(pace.rounds).toBe(2)
})

test('rounds go on while they shrink what is left, and end when that is small', () => {
  const pace = paceOf(0.01, Infinity)
  expect(pace.isEnough(10)).toBe(true)
  expect(pace.isEnough(1000)).toBe(false)
  pace.beginRound(1000)
  expect(pace.isEnough(500)).toBe(false)
  pace.beginRound(500)
  expect(pace.isEnough(450)).toBe(true)
})

test('a budget asks for more rounds than would pay by themselves, but not for ever', () => {
  const pace = paceOf(0.01, 1)
  let rounds = 0
  for (; !pace.isEnough(1000) && rounds < 1000; rounds++) pace.beginRound(1000)
  expect(rounds).toBeGreaterThan(8)
  expect(rounds).toBeLessThan(100)
  expect(paceOf(0.01, 1).isEnough(0)).toBe(true)
  expect(paceOf(0.01, 0).isEnough(1)).toBe(false)
})

test('what all records take is known by the pace of all rounds', () => {
  const pace = paceOf(2, Infinity)
  pace.applied(500)
  expect(pace.msOfAll).toEqual({ sendMs: 2000, applyMs: 500 })
  pace.beginRound(1000)
  pace.sent(1000, 1000)
  pace.beginRound(10)
  expect(pace.msOfAll).toEqual({ sendMs: 1500, applyMs: 250 })
})
