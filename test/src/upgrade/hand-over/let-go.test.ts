// @module-tag once
import { describe, expect, test } from 'vitest'
import { stopProcess } from '../../../../src/processes/stop.ts'
import type { ProcessContext } from '../../../../src/protocol/definition/context.ts'
import type { HandOverOptions } from '../../../../src/upgrade/limits/hand-over-options.ts'
import { gate } from '../../../support/gate.ts'
import { stopClock } from '../../../support/stopped-clock.ts'
import { UpgradeWorld, reported } from '../upgrade-world.ts'
import type { State } from '../upgrade-world.ts'

/** A process whose one handler has let go of the state and streams on until `end` is opened. */
async function streaming(options: Partial<HandOverOptions> = {}, next: object = {}) {
  const [begin, end] = [gate(), gate()]
  const stream = async (state: State, _none: unknown, context: ProcessContext): Promise<string> => {
    state.count++
    await begin.opened
    context.letGo()
    await end.opened
    return 'streamed'
  }
  const wishes = { concurrency: 3, calls: { stream } }
  const world = new UpgradeWorld({
    isolates: 'per-process',
    old: wishes,
    next: { concurrency: 3, ...next },
  })
  const { process, handOver } = await world.one({}, options)
  const running = world.send(process, 'stream')
  await world.exchange()
  return { world, process, handOver, running, begin, end }
}

describe('a handler that has let go of the state', () => {
  test('ends where it runs, and its caller is told; the old isolate leaves behind it', async () => {
    const { world, process, handOver, running, begin, end } = await streaming()
    begin.open()
    await world.settle(handOver.suspend())
    await world.settle(handOver.transfer())
    handOver.resume()
    expect(await world.ask(process, 'read')).toEqual({ count: 1, by: 'codeChange', version: '2' })
    const left = handOver.unload()
    await world.rest()
    expect([running.ends, world.threads[0]?.isolate.exit]).toEqual([[], undefined])
    end.open()
    await world.settle(left)
    expect(running.ends).toEqual([{ value: 'streamed' }])
    expect(world.threads[0]?.isolate.exit?.exitCode).toBe(0)
  })

  test('is given up after its time, and its caller is told', async () => {
    const { world, handOver, running, begin } = await streaming({ drainTimeoutMs: 500 })
    begin.open()
    await world.settle(handOver.suspend())
    await world.settle(handOver.transfer())
    handOver.resume()
    const pass = stopClock()
    const left = handOver.unload()
    await world.rest()
    pass(499)
    await world.rest()
    expect(running.ends).toEqual([])
    pass(1)
    await world.settle(left)
    expect(running.ends).toMatchObject([
      { error: { code: 'ISOLATE_EXITED', process: 'p0', expected: 'at most 500 ms' } },
    ])
  })

  test('is given up when a runtime that closes waits no longer', async () => {
    const closing = new AbortController()
    const { world, handOver, running, begin } = await streaming({ closing: closing.signal })
    begin.open()
    await world.settle(handOver.suspend())
    await world.settle(handOver.transfer())
    handOver.resume()
    const left = handOver.unload()
    closing.abort()
    await world.settle(left)
    expect(running.ends).toMatchObject([{ error: { code: 'PROCESS_STOPPED' } }])
  })

  test('is not sent again where the upgrade fails, and goes on', async () => {
    const codeChange = {
      1: () => {
        throw new RangeError('no')
      },
    }
    const { world, process, handOver, running, begin, end } = await streaming({}, { codeChange })
    begin.open()
    expect(await world.failureOf(handOver)).toMatchObject({ code: 'CODE_CHANGE_FAILED' })
    expect(await world.ask(process, 'read')).toMatchObject({ count: 1, version: '1' })
    end.open()
    await world.rest()
    expect(running.ends).toEqual([{ value: 'streamed' }])
  })

  test('begins another attempt where it lets go after one', async () => {
    const { world, process, handOver, begin } = await streaming()
    const pass = stopClock()
    const suspended = handOver.suspend()
    pass(100)
    await world.rest()
    pass(1000)
    await world.rest()
    expect(process.lifecycle).toBe('running')
    begin.open()
    await world.settle(suspended)
    expect(process.lifecycle).toBe('suspended')
  })

  test('fails with its thread, and with that only', async () => {
    const { world, process, handOver, running, begin } = await streaming()
    begin.open()
    await world.settle(handOver.suspend())
    await world.settle(handOver.transfer())
    handOver.resume()
    const left = handOver.unload()
    await world.threads[0]?.isolate.kill()
    await world.settle(left)
    expect(running.ends).toMatchObject([{ error: { code: 'ISOLATE_EXITED' } }])
    expect(await world.ask(process, 'read')).toMatchObject({ version: '2' })
    expect(reported(handOver)).toEqual(['p0'])
  })

  test.each([true, false])('is waited for by a stop (drain %s)', async (drain) => {
    const { world, process, running, begin, end } = await streaming()
    begin.open()
    await world.rest()
    const stopped = stopProcess(process, { drain, timeoutMs: 10_000 }, 10_000)
    await world.rest()
    expect(process.lifecycle).toBe('stopping')
    end.open()
    await world.settle(stopped)
    expect(running.ends).toEqual([{ value: 'streamed' }])
  })

  test('is told when the process has stopped without it', async () => {
    const { world, process, running, begin } = await streaming()
    begin.open()
    await world.rest()
    await world.settle(stopProcess(process, { drain: true, timeoutMs: 0 }, 10_000))
    expect(running.ends).toHaveLength(1)
  })
})
