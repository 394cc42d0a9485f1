// @module-tag once
import { describe, expect, test } from 'vitest'
import type { Process } from '../../../../src/processes/process.ts'
import type { HandOver } from '../../../../src/upgrade/hand-over/hand-over.ts'
import type { HandOverOptions } from '../../../../src/upgrade/limits/hand-over-options.ts'
import { stopClock } from '../../../support/stopped-clock.ts'
import { UpgradeWorld, failure, versions } from '../upgrade-world.ts'
import { Rolling } from '../rolling/rolling.ts'

const STEP_MS = 50
/** What may come on top of a deadline: memory is waited for that long. */
const BESIDE_MS = 100

/** Lets time pass until `work` is over, or for long. @returns how much has passed (ms). */
async function passed(
  world: UpgradeWorld,
  work: Promise<unknown>,
  onStep: (ms: number) => void = () => undefined,
  pass = stopClock(),
): Promise<number> {
  const progress = { isOver: false }
  const end = (): void => void (progress.isOver = true)
  work.then(end, end)
  let ms = 0
  await world.rest()
  while (!progress.isOver && ms < 60_000) {
    pass(STEP_MS)
    ms += STEP_MS
    onStep(ms)
    await world.rest()
  }
  return ms
}

/** All that is done until the process has stopped. */
async function stopped(handOver: HandOver, rehearses: boolean): Promise<void> {
  if (rehearses) await handOver.rehearse()
  await handOver.audit()
  await handOver.copy()
  await handOver.suspend()
}

const how = { from: '2', to: '1', extra: undefined }
const downgrade: HandOverOptions['path'] = {
  start: '2',
  leave: { ...how, by: 'downgrade' },
  hops: [],
  enter: { ...how, by: 'unchanged' },
}

/** A process in a thread that is held, and how it is to be upgraded. */
async function held(suspendTimeoutMs: number, some: Partial<HandOverOptions> = {}) {
  const world = new UpgradeWorld({ old: { downgrade: { 1: (state: object) => state } } })
  const { process, handOver } = await world.one({}, { suspendTimeoutMs, ...some })
  const old = world.threads[0]!.isolate
  old.isHeld = true
  return { world, process, handOver, old }
}

const ways: readonly Partial<HandOverOptions>[] = [
  {},
  { copy: 'whole' },
  { path: downgrade },
  { path: downgrade, copy: 'whole' },
]

describe.each([false, true])('a thread that does not answer (dry run: %s)', (rehearses) => {
  const cases = [500, 5000].flatMap((ms) => ways.map((way) => ({ ms, way })))

  test.each(cases)('is waited for once: $ms ms, $way', async ({ ms, way }) => {
    const { world, process, handOver } = await held(ms, way)
    const failed = failure(stopped(handOver, rehearses))
    const afterMs = await passed(world, failed)
    expect(await failed).toMatchObject({ code: 'SUSPEND_TIMEOUT', process: 'p0' })
    expect([afterMs >= ms, afterMs <= ms + BESIDE_MS]).toEqual([true, true])
    void handOver.rollBack()
    expect(versions([process])).toEqual(['1'])
  })

  test('and has tables is waited for once', async () => {
    const { world, handOver, old } = await held(500)
    old.mayHaveTables = true
    const failed = failure(stopped(handOver, rehearses))
    expect(await passed(world, failed)).toBe(500)
    expect(await failed).toMatchObject({ code: 'SUSPEND_TIMEOUT' })
  })

  test('until shortly before its deadline is in time', async () => {
    const { world, process, handOver, old } = await held(5000)
    const move = async (): Promise<void> => {
      await stopped(handOver, rehearses)
      await handOver.transfer()
    }
    const moved = move()
    const free = (ms: number): void => {
      if (ms === 4900) old.isHeld = false
    }
    expect(await passed(world, moved, free)).toBeLessThan(5000)
    await moved
    handOver.resume()
    expect(versions([process])).toEqual(['2'])
  })
})

test('a thread that stops answering while its state is copied is waited for once', async () => {
  const { world, handOver, old } = await held(500)
  Object.assign(old.control, {
    ahead: () => ({ tables: [], isLarge: true, largeBuffers: [] }),
    sendAhead: () => new Promise(() => undefined),
  })
  Object.assign(world.threads[1]!.isolate.control, {
    receiveAhead: () => undefined,
    memory: () => ({ heapUsed: 0, external: 0 }),
  })
  old.isHeld = false
  const pass = stopClock()
  const failed = failure(stopped(handOver, false))
  await world.rest()
  old.isHeld = true
  const afterMs = await passed(world, failed, undefined, pass)
  expect(await failed).toMatchObject({ code: 'SUSPEND_TIMEOUT' })
  // It is asked every 100 ms whether it goes on.
  expect(afterMs).toBeLessThanOrEqual(500 + 100 + BESIDE_MS + STEP_MS)
})

describe.each([false, true])('a roll through a thread that does not answer (%s)', (rehearses) => {
  async function rolled(count: number, blocked: 'fail' | 'skip', suspendTimeoutMs: number) {
    const world = new UpgradeWorld()
    const processes: readonly Process[] = await world.spawn(
      ...Array.from({ length: count }, () => ({})),
    )
    world.threads[0]!.isolate.isHeld = true
    const { roll } = new Rolling(world, processes, { rehearses, blocked, suspendTimeoutMs })
    const work = roll.run()
    const afterMs = await passed(world, work)
    return { work, afterMs, processes }
  }

  test.each([
    [1, 500],
    [2, 500],
    [9, 500],
    [9, 5000],
  ])('waits for it once: %i processes, %i ms', async (count, ms) => {
    const failing = await rolled(count, 'fail', ms)
    await expect(failing.work).rejects.toMatchObject({ code: 'SUSPEND_TIMEOUT' })
    const skipping = await rolled(count, 'skip', ms)
    expect((await skipping.work).blocked).toHaveLength(count)
    for (const { afterMs, processes } of [failing, skipping]) {
      expect([afterMs >= ms, afterMs <= ms + 2 * BESIDE_MS]).toEqual([true, true])
      expect(versions(processes)).toEqual(processes.map(() => '1'))
    }
  })

  test('waits for a handler that does not end once', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({})
    world.send(processes[0]!, 'wait', 'gate')
    await world.rest()
    const wishes = { rehearses, blocked: 'skip', suspendTimeoutMs: 500 } as const
    const work = new Rolling(world, processes, wishes).roll.run()
    expect(await passed(world, work)).toBeLessThanOrEqual(500 + STEP_MS)
    expect((await work).blocked).toEqual(['p0'])
  })
})
