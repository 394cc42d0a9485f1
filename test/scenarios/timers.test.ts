import type { Services } from 'moult'
import { expect, test } from 'vitest'
import type v1 from '../fixtures/ticking/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

/** As in docs/guides/timers.md. */
async function tickingRuntime() {
  const timers = new Map<string, NodeJS.Timeout>()
  const ticker = {
    every(process: string, cast: string, ms: number): void {
      clearInterval(timers.get(process))
      const tick = (): void => {
        try {
          runtime.whereis<typeof v1>(process)?.cast(cast as 'tick')
        } catch {
          // It is stopping.
        }
      }
      timers.set(process, setInterval(tick, ms))
    },
  }
  const services = { ticker } as Partial<Services> as Services
  const runtime = await testRuntime({ services })
  runtime.on('stopped', ({ process }) => {
    clearInterval(timers.get(process))
    timers.delete(process)
  })
  return { runtime, timers }
}

test('a timer of a service on main outlives the code, and ends with the process', async () => {
  const { runtime, timers } = await tickingRuntime()
  const code = await runtime.load<typeof v1>(fixture('ticking/v1.ts'))
  const ref = await code.spawn({ name: 'ticking' })
  await expect.poll(() => ref.call('ticks')).toBeGreaterThan(1)
  await code.upgrade(fixture('ticking/v2.ts'))
  const before = await ref.call('ticks')
  await expect.poll(() => ref.call('ticks')).toBeGreaterThan(before + 1)
  expect(timers.size).toBe(1)
  await ref.stop()
  expect(timers.size).toBe(0)
})

test('in a shared isolate the signal of each process is aborted as it leaves: moved, or stopped', async () => {
  const { runtime } = await tickingRuntime()
  const code = await runtime.load<typeof v1>(fixture('ticking/v1.ts'), { isolates: 1 })
  const names = ['a', 'b', 'c']
  const [a, b, c] = await Promise.all(names.map((name) => code.spawn({ name })))
  expect(await c!.call('left')).toBe(0)
  await a!.upgrade(fixture('ticking/v2.ts'))
  expect(await c!.call('left')).toBe(1)
  await b!.stop()
  expect(await c!.call('left')).toBe(2)
})
