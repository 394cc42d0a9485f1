// @module-tag once
import { describe, expect, test } from 'vitest'
import { stopProcess } from '../../../../src/processes/stop.ts'
import type { HandOverOptions } from '../../../../src/upgrade/limits/hand-over-options.ts'
import type { HandOver } from '../../../../src/upgrade/hand-over/hand-over.ts'
import { stopClock } from '../../../support/stopped-clock.ts'
import { UpgradeWorld, failure, reported } from '../upgrade-world.ts'

/** A process that handles five messages at once, one of which waits at a gate, is asked to stop. */
async function slow(
  options: Partial<HandOverOptions> = {},
  concurrency = 5,
  prepare: (handOver: HandOver) => void = () => undefined,
) {
  const world = new UpgradeWorld({ old: { concurrency }, next: { concurrency } })
  const limits = { maxStallMs: 100, suspendTimeoutMs: 1000, ...options }
  const { process, handOver } = await world.one({}, limits)
  const running = world.send(process, 'wait', 'gate')
  await world.exchange()
  prepare(handOver)
  const pass = stopClock()
  const suspended = handOver.suspend()
  await world.rest()
  return { world, process, handOver, running, pass, suspended }
}

type Slow = Pick<Awaited<ReturnType<typeof slow>>, 'world' | 'suspended' | 'handOver'>

describe('while one handler does not end', () => {
  test('others wait for an attempt, and are served then', async () => {
    const { world, process, pass, suspended, handOver } = await slow()
    const other = world.send(process, 'add')
    await world.rest()
    expect([process.lifecycle, other.ends]).toEqual(['suspended', []])
    pass(100)
    await world.rest()
    expect([process.lifecycle, other.ends]).toEqual(['running', [{ value: 1 }]])
    world.gate('gate').open()
    await world.rest()
    // It has served for the first time, so it serves a moment longer.
    expect(process.lifecycle).toBe('running')
    pass(100)
    await world.settle(suspended)
    await world.settle(handOver.transfer())
    expect(await world.ask(process, 'read')).toMatchObject({ count: 2, version: '2' })
  })

  test('nothing is tried again', async () => {
    const { world, process, pass, suspended, handOver } = await slow()
    for (let ms = 0; ms < 900; ms += 50) {
      pass(50)
      await world.rest()
      expect(process.lifecycle).toBe(ms < 50 ? 'suspended' : 'running')
      if (ms >= 50) await world.ask(process, 'add')
    }
    const failed = failure(suspended)
    pass(100)
    expect(await failed).toMatchObject({ code: 'SUSPEND_TIMEOUT', process: 'p0' })
    await world.settle(handOver.rollBack())
    expect(await world.ask(process, 'read')).toMatchObject({ version: '1' })
  })

  test('it is tried again at once when it ends', async () => {
    const { world, process, pass, suspended } = await slow()
    pass(100)
    await world.rest()
    pass(700)
    await world.rest()
    expect(process.lifecycle).toBe('running')
    world.gate('gate').open()
    await world.settle(suspended)
    expect(process.lifecycle).toBe('suspended')
  })

  test('one that began later is waited for in the next attempt', async () => {
    const { world, process, pass, suspended, handOver } = await slow()
    pass(100)
    await world.rest()
    const later = world.send(process, 'wait', 'later')
    await world.rest()
    pass(200)
    world.gate('gate').open()
    await world.rest()
    expect(process.lifecycle).toBe('suspended')
    world.gate('later').open()
    await world.settle(suspended)
    await world.settle(handOver.transfer())
    expect([later.ends, process.version]).toEqual([[{ value: 2 }], world.target])
  })
})

test('where one message is handled at a time nothing is held up, and the boundary is not missed', async () => {
  const { world, process, pass, suspended, handOver } = await slow({}, 1)
  const waits = world.send(process, 'read')
  pass(900)
  await world.rest()
  world.gate('gate').open()
  await world.settle(suspended)
  await world.settle(handOver.transfer())
  handOver.resume()
  await world.rest()
  expect(waits.ends).toMatchObject([{ value: { count: 1, version: '2' } }])
})

describe('between two attempts', () => {
  test('the process may be stopped, and is not moved', async () => {
    const { world, process, pass, suspended, handOver, running } = await slow()
    pass(100)
    await world.rest()
    const stopped = stopProcess(process, { drain: true, timeoutMs: 10_000 }, 10_000)
    await world.settle(suspended)
    expect(handOver.isSkipped).toBe(true)
    world.gate('gate').open()
    await world.settle(stopped)
    expect([running.ends, process.lifecycle]).toEqual([[{ value: 1 }], 'stopped'])
    await world.settle(handOver.unload())
    expect(reported(handOver)).toEqual([])
  })

  test('its isolate may die, which fails the upgrade and is a crash as any other', async () => {
    const { world, process, pass, suspended, handOver, running } = await slow()
    pass(100)
    await world.rest()
    const failed = failure(suspended)
    await world.threads[0]?.isolate.kill()
    expect(await failed).toMatchObject({ code: 'ISOLATE_EXITED', process: 'p0' })
    await world.settle(handOver.rollBack())
    expect([running.ends, world.crashed]).toMatchObject([
      [{ error: { code: 'ISOLATE_EXITED' } }],
      ['p0'],
    ])
    expect(process.lifecycle).toBe('restarting')
  })

  test('the upgrade may be given up', async () => {
    const { world, process, pass, suspended, handOver } = await slow()
    pass(100)
    await world.rest()
    const failed = failure(suspended)
    const reason = new Error('given up')
    world.abort.abort(reason)
    expect(await failed).toBe(reason)
    await world.settle(handOver.rollBack())
    expect([process.lifecycle, process.onServed]).toEqual(['running', undefined])
  })
})

/** How long the one process of a hand-over stood still, by its report. */
async function stoodStill({ world, suspended, handOver }: Slow): Promise<number | undefined> {
  await world.settle(suspended)
  await world.settle(handOver.transfer())
  handOver.resume()
  return handOver.reports[0]?.report.stoodStillMs
}

describe('what messages were held up', () => {
  test('counts over all attempts, and the time for which the process served does not', async () => {
    const slowed = await slow()
    const { world, pass } = slowed
    pass(100)
    await world.rest()
    pass(500)
    world.gate('gate').open()
    const later = world.send(slowed.process, 'wait', 'later')
    await world.rest()
    expect(later.ends).toEqual([])
    pass(30)
    world.gate('later').open()
    expect(await stoodStill(slowed)).toBe(130)
  })

  test('does not count while one handler would hold them up anyway', async () => {
    const slowed = await slow({}, 1)
    slowed.pass(500)
    slowed.world.gate('gate').open()
    expect(await stoodStill(slowed)).toBe(0)
  })

  test('is never longer than a budget allows', async () => {
    const { world, process, pass, handOver, suspended } = await slow({}, 5, (each) => {
      each.suspension.stalls.limit(100)
    })
    pass(49)
    await world.rest()
    expect(process.lifecycle).toBe('suspended')
    pass(1)
    await world.rest()
    expect(process.lifecycle).toBe('running')
    world.gate('gate').open()
    pass(200)
    expect(await stoodStill({ world, suspended, handOver })).toBe(50)
  })
})
