// @module-tag once
import { expect, onTestFinished, test, vi } from 'vitest'
import { SharedTimes } from '../../../../src/upgrade/report/shared-times.ts'

/** Times, and what lets so many ms pass. */
function timed(first: string[] = []): {
  readonly times: SharedTimes
  readonly pass: (ms: number) => void
} {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const times = new SharedTimes((phase) => first.push(phase))
  return { times, pass: (ms) => void vi.advanceTimersByTime(ms) }
}

test('of one hand-over each phase has what it took', () => {
  const { times, pass } = timed()
  times.begin('open')
  pass(10)
  times.change('open', 'suspend')
  times.change('suspend', 'suspend')
  pass(30)
  times.end('suspend')
  expect(times.times).toMatchObject({ open: 10, suspend: 30, transfer: 0 })
})

test('of several at once each has its share, and all add up to the time that passed', () => {
  const { times, pass } = timed()
  times.begin('suspend')
  pass(10)
  times.begin('suspend')
  times.begin('transfer')
  pass(30)
  times.end('suspend')
  pass(10)
  times.end('suspend')
  times.end('transfer')
  expect(times.times).toMatchObject({ suspend: 10 + 20 + 5, transfer: 10 + 5 })
  expect(Object.values(times.times).reduce((sum, each) => sum + each)).toBe(50)
})

test('a rest is in no phase', () => {
  const { times, pass } = timed()
  times.begin('open')
  pass(5)
  times.end('open')
  pass(1000)
  times.begin('copy')
  pass(7)
  times.end('copy')
  expect(times.times).toMatchObject({ open: 5, copy: 7 })
})

test('the first that comes to a phase is told, and no other', () => {
  const first: string[] = []
  const { times, pass } = timed(first)
  times.begin('open')
  times.change('open', 'suspend')
  times.begin('open')
  pass(5)
  times.change('suspend', 'transfer')
  times.change('open', 'suspend')
  times.change('transfer', 'open')
  expect(first).toEqual(['open', 'suspend', 'transfer'])
})
