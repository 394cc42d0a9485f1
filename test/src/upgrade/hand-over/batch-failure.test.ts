// @module-tag once
import { describe, expect, test } from 'vitest'
import { stopClock } from '../../../support/stopped-clock.ts'
import { UpgradeWorld, failure, labels, reported, versions } from '../upgrade-world.ts'
import type { State } from '../upgrade-world.ts'

describe('a batch that fails', () => {
  const failing = (state: State): State => {
    if (state.count === 1) throw new RangeError('refused')
    return { ...state, by: 'codeChange' }
  }

  test('puts the one back whose codeChange failed; the others stay', async () => {
    const world = new UpgradeWorld({ next: { codeChange: { 1: failing } } })
    const processes = await world.spawn({}, {}, {})
    const handOver = await world.opened(processes)
    await world.settle(handOver.suspend())
    const waits = world.send(processes[1]!, 'add')
    const failed = await world.settle(failure(handOver.transfer()))
    expect(failed).toMatchObject({ code: 'CODE_CHANGE_FAILED', cause: { message: 'refused' } })
    expect(handOver.culprit).toBe('p1')
    await world.settle(handOver.rollBack())
    expect(versions(processes)).toEqual(['2', '1', '2'])
    await world.rest()
    expect(waits.ends).toEqual([{ value: 2 }])
    expect([labels(handOver.left), reported(handOver)]).toEqual([['p1'], ['p0', 'p2']])
    expect(world.threads[1]?.isolate.slots.occupied).toBe(2)
  })

  test('puts all back where they hold', async () => {
    const world = new UpgradeWorld({ next: { codeChange: { 1: failing } } })
    const processes = await world.spawn({}, {}, {})
    const handOver = await world.opened(processes, { hold: true })
    expect(await world.failureOf(handOver)).toMatchObject({ code: 'CODE_CHANGE_FAILED' })
    expect(versions(processes)).toEqual(['1', '1', '1'])
    expect(reported(handOver)).toEqual([])
    const replies = await Promise.all(processes.map((each) => world.ask(each, 'add')))
    expect(replies).toEqual([1, 2, 3])
  })

  test('with its new thread leaves those there that have begun something, and no other', async () => {
    const never = new Promise<State>(() => undefined)
    const codeChange = { 1: (state: State) => (state.count === 2 ? never : state) }
    const world = new UpgradeWorld({ next: { codeChange } })
    const processes = await world.spawn({}, {}, {})
    const handOver = await world.opened(processes)
    await world.settle(handOver.suspend())
    const begun = world.send(processes[0]!, 'wait', 'never')
    const transferred = failure(handOver.transfer())
    await world.exchange()
    // Both are in; for the third the answer is still waited for.
    expect(processes.map(({ activation }) => activation?.cell.started)).toEqual([1, 0, 0])
    const waits = world.send(processes[1]!, 'add')
    world.threads[1]?.isolate.end()
    expect(await world.settle(transferred)).toMatchObject({ code: 'ISOLATE_EXITED' })
    expect(handOver.culprit).toBe('p2')
    await world.settle(handOver.rollBack())
    await world.rest()
    // The first had begun: what that has done is not done again by another.
    expect(world.crashed).toEqual(['p0'])
    expect(begun.ends).toMatchObject([{ error: { code: 'ISOLATE_EXITED' } }])
    expect(versions(processes)).toEqual(['restarting', '1', '1'])
    expect(waits.ends).toEqual([{ value: 2 }])
  })

  test('because one never ends its codeChange lets those stay that are in, in a thread that goes on', async () => {
    const never = new Promise<State>(() => undefined)
    const codeChange = { 1: (state: State) => (state.count === 1 ? never : state) }
    const world = new UpgradeWorld({ next: { codeChange } })
    const processes = await world.spawn({}, {})
    const handOver = await world.opened(processes, { codeChangeTimeoutMs: 100 })
    await world.settle(handOver.suspend())
    const pass = stopClock()
    const transferred = failure(handOver.transfer())
    await world.exchange()
    pass(100)
    expect(await world.settle(transferred)).toMatchObject({
      code: 'CODE_CHANGE_TIMEOUT',
      process: 'p1',
    })
    await world.settle(handOver.rollBack())
    expect(versions(processes)).toEqual(['2', '1'])
    expect(await world.ask(processes[0]!, 'read')).toMatchObject({ version: '2' })
    expect(await world.ask(processes[1]!, 'add')).toBe(2)
  })

  test('because one never ends its codeChange takes back those that are in where the thread is held', async () => {
    const never = new Promise<State>(() => undefined)
    const codeChange = { 1: (state: State) => (state.count === 1 ? never : state) }
    const world = new UpgradeWorld({ next: { codeChange } })
    const processes = await world.spawn({}, {})
    const handOver = await world.opened(processes)
    await world.settle(handOver.suspend())
    const transferred = failure(handOver.transfer())
    await world.exchange()
    world.threads[1]!.isolate.isHeld = true
    const reason = new Error('given up')
    world.abort.abort(reason)
    expect(await world.settle(transferred)).toBe(reason)
    await world.settle(handOver.rollBack())
    expect([versions(processes), world.crashed]).toEqual([['1', '1'], []])
    const replies = await Promise.all(processes.map((each) => world.ask(each, 'add')))
    expect(replies).toEqual([1, 2])
  })

  test('because it was given up before its states went over goes on where it was', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {})
    const handOver = await world.opened(processes)
    await world.settle(handOver.suspend())
    const waits = world.send(processes[0]!, 'add')
    world.abort.abort(new Error('given up'))
    await expect(handOver.transfer()).rejects.toThrow('given up')
    await world.settle(handOver.rollBack())
    await world.rest()
    expect([versions(processes), waits.ends]).toEqual([['1', '1'], [{ value: 1 }]])
    expect(world.threads[1]?.isolate.exit?.exitCode).toBe(0)
  })
})
