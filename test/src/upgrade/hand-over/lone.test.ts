// @module-tag once
import { describe, expect, test } from 'vitest'
import { stopProcess } from '../../../../src/processes/stop.ts'
import { Hops } from '../../../../src/upgrade/plan/hops.ts'
import { packState } from '../../../../workers/state/state-bytes.ts'
import { decodeState } from '../../../../workers/tables/table-state.ts'
import { MemoryIsolate } from '../../../support/memory-isolate.ts'
import { stopClock } from '../../../support/stopped-clock.ts'
import { versionOf } from '../../../support/told-process.ts'
import { UpgradeWorld, failure, reported } from '../upgrade-world.ts'
import type { State } from '../upgrade-world.ts'

describe('one process', () => {
  test('is waited for until its handler has ended; what waits behind that goes with it', async () => {
    const world = new UpgradeWorld()
    const { process, handOver } = await world.one()
    const running = world.send(process, 'wait', 'gate')
    await world.exchange()
    const waits = world.send(process, 'read')
    const suspended = handOver.suspend()
    await world.rest()
    expect([process.lifecycle, running.ends]).toEqual(['suspended', []])
    world.gate('gate').open()
    await world.settle(suspended)
    expect(running.ends).toEqual([{ value: 1 }])
    await world.settle(handOver.transfer())
    handOver.resume()
    await world.rest()
    expect(waits.ends).toEqual([{ value: { count: 1, by: 'codeChange', version: '2' } }])
    expect(handOver.reports).toMatchObject([{ report: { id: 'p0', messagesHeld: 1 } }])
  })

  test('may be large: its size is told with what goes beside its bytes', async () => {
    const world = new UpgradeWorld()
    const { process, handOver } = await world.one({ bytes: new Uint8Array(1_000_000) })
    await world.move(handOver)
    const [{ report } = { report: undefined }] = handOver.reports
    expect(report?.stateBytes).toBeGreaterThan(1_000_000)
    expect(report?.stateBytes).toBeLessThan(1_001_000)
    expect(await world.ask(process, 'read')).toMatchObject({ bytes: { byteLength: 1_000_000 } })
  })

  test('in a thread of its own leaves that to end, and comes to one of its own', async () => {
    const world = new UpgradeWorld({ isolates: 'per-process' })
    const { process, handOver } = await world.one()
    await world.move(handOver)
    const [old, next] = world.threads
    expect([old?.isolate.exit?.exitCode, next?.isolate.exit]).toEqual([0, undefined])
    expect(process.activation?.isolate).toBe(next?.isolate)
    expect(handOver.reports).toMatchObject([{ report: { oldThread: { exitCode: 0 } } }])
  })

  test('passes through the versions between', async () => {
    const world = new UpgradeWorld()
    const hop = new MemoryIsolate({
      convert: async (payload) => {
        const { rest } = decodeState(payload)
        const changed = packState({ ...(rest as State), by: payload.migration.from })
        return { ...changed, convertMs: 1 }
      },
    })
    const hops = new Hops([versionOf({ version: '1.5', init: () => undefined })], 10_000)
    const loader = { open: async () => hop } as unknown as Parameters<Hops['open']>[0]
    await hops.open(loader, world.abort.signal)
    const how = { from: '1.5', to: '2', extra: undefined }
    const path = {
      ...world.options().path,
      hops: [{ version: '1.5', migration: { ...how, by: 'codeChange', from: '1' } as const }],
      enter: { ...how, by: 'unchanged' } as const,
    }
    const { process, handOver } = await world.one({}, { hops, path })
    await world.move(handOver)
    expect(await world.ask(process, 'read')).toEqual({ count: 0, by: '1', version: '2' })
  })
})

describe('a process that does not stop in time', () => {
  test('goes on as if it had not been asked', async () => {
    const world = new UpgradeWorld()
    const { process, handOver } = await world.one({}, { suspendTimeoutMs: 100 })
    const running = world.send(process, 'wait', 'gate')
    await world.exchange()
    const waits = world.send(process, 'add')
    const pass = stopClock()
    const failed = failure(handOver.suspend())
    await world.rest()
    pass(100)
    expect(await failed).toMatchObject({ code: 'SUSPEND_TIMEOUT', process: 'p0', from: '1' })
    await world.settle(handOver.rollBack())
    expect([process.lifecycle, process.version]).toEqual(['running', world.old])
    world.gate('gate').open()
    await world.rest()
    expect([running.ends, waits.ends]).toEqual([[{ value: 1 }], [{ value: 2 }]])
    expect(reported(handOver)).toEqual([])
  })

  test('is moved all the same where its state was on the way', async () => {
    const world = new UpgradeWorld()
    const { process, handOver } = await world.one({}, { suspendTimeoutMs: 100 })
    const pass = stopClock()
    const suspended = handOver.suspend()
    await Promise.resolve()
    world.threads[0]?.run()
    pass(100)
    await world.settle(suspended)
    await world.settle(handOver.transfer())
    handOver.resume()
    expect([process.lifecycle, process.version, reported(handOver)]).toEqual([
      'running',
      world.target,
      ['p0'],
    ])
  })

  test('is given up with the upgrade', async () => {
    const world = new UpgradeWorld()
    const { process, handOver } = await world.one()
    const running = world.send(process, 'wait', 'gate')
    await world.exchange()
    const failed = failure(handOver.suspend())
    const reason = new Error('given up')
    world.abort.abort(reason)
    expect(await failed).toBe(reason)
    await world.settle(handOver.rollBack())
    world.gate('gate').open()
    await world.rest()
    expect([process.version, running.ends]).toEqual([world.old, [{ value: 1 }]])
  })

  test('can be suspended again when it has answered what another waits for', async () => {
    const world = new UpgradeWorld()
    const { process, handOver } = await world.one()
    await world.settle(handOver.suspend())
    const asked = world.send(process, 'add')
    await world.rest()
    expect(asked.ends).toEqual([])
    const answer = world.settle(
      (async () => {
        while (asked.ends.length === 0) await world.exchange()
      })(),
    )
    await handOver.answer([{ from: process, to: process, name: 'any', outer: undefined, answer }])
    expect(asked.ends).toEqual([{ value: 1 }])
    await world.move(handOver)
    expect(await world.ask(process, 'read')).toMatchObject({ count: 1, version: '2' })
  })
})

describe('a process that is to be stopped', () => {
  test('before it has reached its boundary is not moved, and handles what it had accepted', async () => {
    const world = new UpgradeWorld()
    const { process, handOver } = await world.one()
    const running = world.send(process, 'wait', 'gate')
    await world.exchange()
    const waits = world.send(process, 'add')
    const suspended = handOver.suspend()
    await world.exchange()
    const stopped = stopProcess(process, { drain: true, timeoutMs: 10_000 }, 10_000)
    await world.settle(suspended)
    expect([handOver.isSkipped, handOver.lostThread]).toEqual([true, undefined])
    await world.settle(handOver.transfer())
    handOver.resume()
    await world.settle(handOver.unload())
    world.gate('gate').open()
    await world.settle(stopped)
    expect([running.ends, waits.ends]).toEqual([[{ value: 1 }], [{ value: 2 }]])
    expect([process.lifecycle, reported(handOver)]).toEqual(['stopped', []])
    // Its place in the new isolate has been given back: nobody lives there.
    expect(world.threads[1]?.isolate.exit?.exitCode).toBe(0)
  })

  test('when its state is on the way is stopped where it comes to', async () => {
    const world = new UpgradeWorld()
    const { process, handOver } = await world.one()
    const suspended = handOver.suspend()
    await Promise.resolve()
    world.threads[0]?.run()
    const waits = world.send(process, 'read')
    const stopped = stopProcess(process, { drain: true, timeoutMs: 10_000 }, 10_000)
    await world.settle(suspended)
    expect(handOver.isSkipped).toBe(false)
    await world.settle(handOver.transfer())
    handOver.resume()
    await world.settle(stopped)
    expect([process.lifecycle, process.version]).toEqual(['stopped', world.target])
    expect(waits.ends).toMatchObject([{ value: { version: '2' } }])
  })

  test('before it is asked is left alone', async () => {
    const world = new UpgradeWorld()
    const { process, handOver } = await world.one()
    await world.settle(stopProcess(process, { drain: true, timeoutMs: 10_000 }, 10_000))
    await world.move(handOver)
    expect([handOver.isSkipped, reported(handOver)]).toEqual([true, []])
    expect(world.threads[1]?.isolate.exit?.exitCode).toBe(0)
  })
})
