import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decideRestart } from '../../../src/supervision/restart-policy.ts'
import type { RestartPolicy } from '../../../src/processes/process-options.ts'

const limits = fc.record({ maxRestarts: fc.nat(6), withinMs: fc.nat(1000) })
const gaps = fc.array(fc.nat(400), { maxLength: 60 })

/** The times of deaths, and which of them were followed by a restart. */
function live(
  policy: RestartPolicy,
  waits: readonly number[],
): { time: number; restarted: boolean }[] {
  let now = 0
  let history: readonly number[] = []
  return waits.map((wait) => {
    now += wait
    const given = [...history]
    const decision = decideRestart(policy, history, now)
    expect(history).toEqual(given)
    history = decision.history
    expect(history.length).toBeLessThanOrEqual(policy.maxRestarts)
    return { time: now, restarted: decision.restart }
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
