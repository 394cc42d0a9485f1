// @module-tag once
import type { Code, ProcessRef } from 'moult'
import { expect, test } from 'vitest'
import type counterV1 from '../fixtures/counter/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

const [v1, v2] = [fixture('counter/v1.ts'), fixture('counter/v2.ts')]

type Counter = ProcessRef<typeof counterV1>

async function counters(count: number): Promise<{ code: Code<typeof counterV1>; all: Counter[] }> {
  const runtime = await testRuntime()
  const code = await runtime.load<typeof counterV1>(v1)
  const all = Array.from({ length: count }, () => code.spawn({ args: { start: 0 } }))
  return { code, all: await Promise.all(all) }
}

/** Holds main for so many ms. */
function hold(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

test.each([1, 2])(
  'where every reply makes main work, an upgrade has its turns: of %s processes',
  async (count) => {
    const { code, all } = await counters(count)
    let isOver = false
    let calls = 0
    const client = async (ref: Counter): Promise<void> => {
      while (!isOver) {
        await ref.call('increment', 1)
        calls++
        hold(5)
      }
    }
    const clients = [0, 1, 2, 3].map((at) => client(all[at % count]!))
    await expect.poll(() => calls).toBeGreaterThan(10)
    const before = calls
    const upgraded = code.upgrade(v2)
    const report = await upgraded.finally(() => (isOver = true))
    await Promise.all(clients)
    // Node reads a thousand messages of a port before it looks at another.
    expect(calls - before).toBeLessThan(1000)
    expect(report.processes).toHaveLength(count)
    const counts = await Promise.all(all.map((ref) => ref.call('get')))
    expect(counts.reduce((sum, each) => sum + each)).toBe(calls)
  },
)

test('where main is busy when a deadline passes, what came in time counts', async () => {
  const { code, all } = await counters(2)
  await code.load(v2)
  let isOver = false
  // Each time round its event loop main finds every deadline passed, and the answers that came meanwhile.
  const spin = (): void => {
    hold(150)
    if (!isOver) setImmediate(spin)
  }
  spin()
  const limits = { suspendTimeoutMs: 50, codeChangeTimeoutMs: 50 }
  try {
    const quick = all[0]!.with({ timeoutMs: 50 })
    expect(await quick.call('increment', 2)).toBe(2)
    const { processes } = await code.upgrade('2.0.0', limits)
    expect(processes).toHaveLength(2)
    await all[1]!.downgrade('1.0.0', { ...limits, allowRemoved: true })
    const last = all[1]!.call('increment', 3)
    await all[1]!.stop({ timeoutMs: 50 })
    expect(await last).toBe(3)
  } finally {
    isOver = true
  }
})
