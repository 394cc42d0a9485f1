// @module-tag once
import { describe, expect, test } from 'vitest'
import { Stalls } from '../../../../src/upgrade/limits/stalls.ts'

/** Attempts that all fail, one after the other: how long each may take, and how long the process serves behind it. */
function failing(
  { maxStallMs, suspendTimeoutMs }: { maxStallMs: number; suspendTimeoutMs: number },
  count: number,
) {
  const stalls = new Stalls({ maxStallMs, suspendMs: () => suspendTimeoutMs })
  let now = 1000
  const attempts: { attemptMs: number; restMs: number }[] = []
  while (attempts.length < count && !stalls.isLast) {
    const attemptMs = stalls.begin(now, true)
    now += attemptMs
    stalls.fail(attemptMs)
    const restMs = stalls.restMs(now)
    now += restMs
    attempts.push({ attemptMs, restMs })
  }
  return { attempts, stalls, now }
}

describe('attempts that hold others up', () => {
  test('are each as long as they may be, and further apart each time', () => {
    const { attempts } = failing({ maxStallMs: 100, suspendTimeoutMs: Infinity }, 7)
    expect(attempts.map(({ attemptMs }) => attemptMs)).toEqual(Array(7).fill(100))
    expect(attempts.map(({ restMs }) => restMs)).toEqual([100, 200, 400, 800, 1600, 1600, 1600])
  })

  test('end with the time for all, and the last has as long as any other', () => {
    const { attempts, stalls, now } = failing({ maxStallMs: 100, suspendTimeoutMs: 950 }, 100)
    expect(attempts).toEqual([
      { attemptMs: 100, restMs: 100 },
      { attemptMs: 100, restMs: 200 },
      { attemptMs: 100, restMs: 250 },
      { attemptMs: 100, restMs: 0 },
    ])
    expect([stalls.isLast, stalls.leftMs(now)]).toEqual([true, 0])
  })

  test('are one, where it may take all the time there is', () => {
    const { attempts } = failing({ maxStallMs: Infinity, suspendTimeoutMs: 5000 }, 100)
    expect(attempts).toEqual([{ attemptMs: 5000, restMs: 0 }])
  })

  test('that may not take any time leave the process time all the same', () => {
    const { attempts } = failing({ maxStallMs: 0, suspendTimeoutMs: 1000 }, 3)
    expect(attempts.map(({ restMs }) => restMs)).toEqual([10, 20, 40])
  })
})

test('one that holds nothing up takes all the time that is left', () => {
  const stalls = new Stalls({ maxStallMs: 100, suspendMs: () => 5000 })
  expect([stalls.begin(1000, false), stalls.isLast]).toEqual([5000, true])
  expect(stalls.begin(3000, false)).toBe(3000)
})

test('the time for all begins anew when what was waited for has happened', () => {
  const stalls = new Stalls({ maxStallMs: 100, suspendMs: () => 5000 })
  stalls.begin(1000, false)
  stalls.renew()
  expect(stalls.begin(9000, false)).toBe(5000)
})

test('all together hold others up for no longer than they may', () => {
  const stalls = new Stalls({ maxStallMs: 100, suspendMs: () => 5000 })
  stalls.limit(300)
  const attempts = Array.from({ length: 6 }, () => {
    const ms = stalls.begin(1000, true)
    stalls.fail(ms)
    return ms
  })
  expect(attempts).toEqual([100, 100, 50, 25, 12.5, 6.25])
  expect(stalls.totalMs).toBeLessThan(300)
  expect(stalls.alike().begin(1000, true)).toBe(100)
})

test('a budget that is used up leaves a moment, in which one that is idle can stop', () => {
  const stalls = new Stalls({ maxStallMs: 100, suspendMs: () => 5000 })
  stalls.limit(0)
  expect(stalls.begin(1000, true)).toBe(1)
  expect(stalls.begin(1000, false)).toBe(5000)
})
