// @module-tag once
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideRestart, paceOf } from '../../../src/supervision/restart-policy.ts'
import { noRestarts } from '../../../src/processes/process-options.ts'
import type { RestartHistory, RestartPolicy } from '../../../src/processes/process-options.ts'

const limits = fc.record({ maxRestarts: fc.nat(6), withinMs: fc.nat(1000) })
const gaps = fc.array(fc.nat(400), { maxLength: 60 })

/** The times of deaths, and which of them were followed by a restart. */
function live(
  policy: RestartPolicy,
  waits: readonly number[],
): { time: number; restarted: boolean }[] {
  let now = 0
  let history = noRestarts
  return waits.map((wait) => {
    now += wait
    const given = structuredClone(history)
    const decision = decideRestart(policy, history, now, 'own')
    expect(history).toEqual(given)
    if (decision.action === 'restart') history = decision.history
    expect(history.own.length).toBeLessThanOrEqual(policy.maxRestarts)
    return { time: now, restarted: decision.action === 'restart' }
  })
}

test('in no span of withinMs are there more than maxRestarts restarts', () => {
  fc.assert(
    fc.property(limits, gaps, (given, waits) => {
      fc.pre(given.withinMs > 0)
      const restarts = live({ policy: 'transient', ...given }, waits)
        .filter(({ restarted }) => restarted)
        .map(({ time }) => time)
      for (const start of restarts) {
        const within = restarts.filter((time) => time >= start && time - start < given.withinMs)
        expect(within.length).toBeLessThanOrEqual(given.maxRestarts)
      }
    }),
    { numRuns: 300 },
  )
})

test('a death is refused a restart only when the limit is reached', () => {
  fc.assert(
    fc.property(limits, gaps, ({ maxRestarts, withinMs }, waits) => {
      fc.pre(withinMs > 0)
      const lives = live({ policy: 'transient', maxRestarts, withinMs }, waits)
      lives.forEach(({ time, restarted }, index) => {
        const earlier = lives.slice(0, index).filter((each) => each.restarted)
        const recent = earlier.filter((each) => time - each.time < withinMs)
        expect(restarted).toBe(recent.length < maxRestarts)
      })
    }),
    { numRuns: 300 },
  )
})

test('a temporary process is never restarted', () => {
  fc.assert(
    fc.property(limits, gaps, (given, waits) => {
      const lives = live({ policy: 'temporary', ...given }, waits)
      expect(lives.some(({ restarted }) => restarted)).toBe(false)
    }),
  )
})

test('what another process did is never counted', () => {
  const policy = { policy: 'transient', maxRestarts: 0, withinMs: 1000 } as const
  for (let now = 0; now < 100; now++) {
    const decision = decideRestart(policy, noRestarts, now, "another's")
    expect(decision).toEqual({ action: 'restart', history: noRestarts })
  }
})

test('where it is not known who ended the thread, the limit is kept by waiting, and what the process did itself is counted apart', () => {
  fc.assert(
    fc.property(limits, gaps, ({ maxRestarts, withinMs }, waits) => {
      fc.pre(withinMs > 0)
      const policy = { policy: 'transient', maxRestarts, withinMs } as const
      const most = Math.max(1, maxRestarts)
      const restarts: number[] = []
      let history: RestartHistory = { own: [0], unexplained: [] }
      let now = 0
      for (const wait of waits) {
        now += wait
        let decision = decideRestart(policy, history, now, 'unknown')
        if (decision.action === 'wait') {
          expect(restarts.filter((time) => now - time < withinMs)).toHaveLength(most)
          expect(decision.ms).toBeGreaterThan(0)
          now += decision.ms
          decision = decideRestart(policy, history, now, 'unknown')
        }
        if (decision.action !== 'restart') throw new Error(decision.action)
        history = decision.history
        expect(history.own).toEqual(now < withinMs ? [0] : [])
        restarts.push(now)
      }
      for (const start of restarts) {
        const within = restarts.filter((time) => time >= start && time - start < withinMs)
        expect(within.length).toBeLessThanOrEqual(most)
      }
    }),
    { numRuns: 300 },
  )
})

test('a wait has an end, however long the limit counts', () => {
  const policy = { policy: 'transient', maxRestarts: 1, withinMs: Infinity } as const
  const history = { own: [], unexplained: [0] }
  expect(decideRestart(policy, history, 1, 'unknown')).toEqual({ action: 'wait', ms: 59_999 })
})

test.each([
  [3, 5_000, 1_667],
  [0, 5_000, 5_000],
  [1, 0, 100],
  [1_000, 5_000, 100],
  [1, Infinity, 60_000],
])('with %d restarts in %d ms a thread is looked for every %d ms', (maxRestarts, withinMs, ms) => {
  expect(paceOf({ maxRestarts, withinMs })).toBe(ms)
})
