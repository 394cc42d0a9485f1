// @module-tag once
import { describe, expect, test } from 'vitest'
import { abortUpgrade } from '../../../../src/upgrade/limits/abort.ts'
import { stopClock } from '../../../support/stopped-clock.ts'
import { UpgradeWorld, versions } from '../upgrade-world.ts'
import type { State } from '../upgrade-world.ts'
import { Rolling } from './rolling.ts'

const eight = Array.from({ length: 8 }, () => ({}))

/** Refuses the process with this number. */
function refusing(number: number): object {
  const refuse = (state: State): State => {
    if (state.count === number) throw new RangeError('refused')
    return state
  }
  return { codeChange: { 1: refuse } }
}

describe('a process whose handler does not end', () => {
  /** The second of three is blocked, one after the other moves. */
  async function blockedRoll(blocked: 'fail' | 'skip' | 'wait') {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {}, {})
    const running = world.send(processes[1]!, 'wait', 'gate')
    await world.exchange()
    const pass = stopClock()
    const rolling = new Rolling(world, processes, { groupSize: 1, blocked, suspendTimeoutMs: 100 })
    const rolled = rolling.run()
    // What it fails with is looked at later.
    rolled.catch(() => undefined)
    await world.rest()
    expect(versions(processes)).toEqual(['2', 'suspended', '1'])
    pass(100)
    return { world, processes, running, rolling, rolled }
  }

  test('is a failure: those behind it are not asked', async () => {
    const { world, processes, running, rolling, rolled } = await blockedRoll('fail')
    await expect(rolled).rejects.toMatchObject({
      code: 'SUSPEND_TIMEOUT',
      phase: 'suspend',
      process: 'p1',
    })
    expect([versions(processes), rolling.batches]).toEqual([
      ['2', '1', '1'],
      [[0], [1]],
    ])
    world.gate('gate').open()
    await world.rest()
    expect(running.ends).toEqual([{ value: 2 }])
  })

  test('is passed over and named where it may be, and goes on', async () => {
    const { world, processes, running, rolling, rolled } = await blockedRoll('skip')
    expect(await rolled).toMatchObject({ blocked: ['p1'], reports: [{ id: 'p0' }, { id: 'p2' }] })
    expect(versions(processes)).toEqual(['2', '1', '2'])
    expect(rolling.told.at(-1)).toEqual({ moved: 2, total: 3, blocked: ['p1'] })
    world.gate('gate').open()
    await world.rest()
    expect(running.ends).toEqual([{ value: 2 }])
    // Nothing of it is left in the new isolate.
    expect(world.threads[1]?.isolate.slots.occupied).toBe(2)
  })

  test('is waited for beside those behind it', async () => {
    const { world, processes, running, rolling, rolled } = await blockedRoll('wait')
    await world.rest()
    expect(versions(processes)).toEqual(['2', 'suspended', '2'])
    world.gate('gate').open()
    expect(await rolled).toMatchObject({
      blocked: [],
      reports: [{ id: 'p0' }, { id: 'p2' }, { id: 'p1' }],
    })
    expect([versions(processes), running.ends]).toEqual([['2', '2', '2'], [{ value: 2 }]])
    expect(rolling.told.at(-1)).toEqual({ moved: 3, total: 3, blocked: [] })
  })

  test('is not waited for any more where another fails meanwhile', async () => {
    const world = new UpgradeWorld({ next: refusing(2) })
    const processes = await world.spawn({}, {}, {}, {})
    world.send(processes[1]!, 'wait', 'never')
    await world.exchange()
    const pass = stopClock()
    const options = { groupSize: 1, blocked: 'wait', suspendTimeoutMs: 100 } as const
    const rolled = new Rolling(world, processes, options).run()
    rolled.catch(() => undefined)
    await world.rest()
    pass(100)
    await expect(rolled).rejects.toMatchObject({ code: 'CODE_CHANGE_FAILED', process: 'p2' })
    expect(versions(processes)).toEqual(['2', '1', '1', '1'])
  })

  test('is not waited for any more where another that was waited for fails', async () => {
    const world = new UpgradeWorld({ next: refusing(2) })
    const processes = await world.spawn({}, {})
    world.send(processes[0]!, 'wait', 'never')
    world.send(processes[1]!, 'wait', 'gate')
    await world.exchange()
    const pass = stopClock()
    const options = { groupSize: 1, blocked: 'wait', suspendTimeoutMs: 100 } as const
    const rolled = new Rolling(world, processes, options).run()
    rolled.catch(() => undefined)
    for (let group = 0; group < 2; group++) {
      await world.rest()
      pass(100)
    }
    await world.rest()
    expect(versions(processes)).toEqual(['suspended', 'suspended'])
    // Its handler has counted to the number that is refused.
    world.gate('gate').open()
    await expect(rolled).rejects.toMatchObject({ code: 'CODE_CHANGE_FAILED', process: 'p1' })
    expect(versions(processes)).toEqual(['1', '1'])
  })
})

describe('a roll that fails', () => {
  test('stops both lanes between two processes, and leaves each where it is', async () => {
    const world = new UpgradeWorld({ next: refusing(2) })
    const processes = await world.spawn(...eight)
    const rolling = new Rolling(world, processes, { groupSize: 2 })
    await expect(rolling.run()).rejects.toMatchObject({
      code: 'CODE_CHANGE_FAILED',
      phase: 'transfer',
      process: 'p2',
    })
    const now = versions(processes)
    const asked = rolling.batches.flat().length
    // The other lane ends what it has begun: it does not come to the end.
    expect([asked > 2, asked < 8]).toEqual([true, true])
    const expected = eight.map((_none, at) => (at === 2 || at >= asked ? '1' : '2'))
    expect([now, rolling.roll.moved]).toEqual([expected, asked - 1])
    const replies = await Promise.all(processes.map((each) => world.ask(each, 'add')))
    expect(replies).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('in a batch tells the one that is to blame, and moves the others of it', async () => {
    const world = new UpgradeWorld({ next: refusing(1) })
    const processes = await world.spawn({}, {}, {})
    const rolling = new Rolling(world, processes, { groupSize: 6 })
    await expect(rolling.run()).rejects.toMatchObject({ phase: 'transfer', process: 'p1' })
    expect([versions(processes), rolling.roll.moved]).toEqual([['2', '1', '2'], 2])
    expect(rolling.told).toEqual([{ moved: 2, total: 3, blocked: [] }])
  })

  test('moves the rest when it is asked for again', async () => {
    let isRefused = true
    const refuse = (state: State): State => {
      if (state.count === 2 && isRefused) throw new RangeError('refused')
      return { ...state, by: 'codeChange' }
    }
    const world = new UpgradeWorld({ next: { codeChange: { 1: refuse } } })
    const processes = await world.spawn({}, {}, {}, {})
    await expect(new Rolling(world, processes, { groupSize: 1 }).run()).rejects.toThrow()
    isRefused = false
    const rest = processes.filter(({ version }) => version === world.old)
    // What the first had given up is not given up again.
    world.abort = new AbortController()
    const { reports } = await new Rolling(world, rest, { groupSize: 1 }).run()
    expect(reports.map(({ id }) => id)).toEqual(['p2', 'p3'])
    const states = await Promise.all(processes.map((each) => world.ask(each, 'read')))
    expect(states).toMatchObject(processes.map((_none, count) => ({ count, version: '2' })))
  })

  test('gives up what its batch left: a large one is not moved behind a failure', async () => {
    const world = new UpgradeWorld({ next: refusing(3) })
    const processes = await world.spawn({}, { text: 'x'.repeat(50_000) }, {}, {})
    const rolling = new Rolling(world, processes, { groupSize: 8 })
    await expect(rolling.run()).rejects.toMatchObject({ process: 'p3' })
    expect([versions(processes), rolling.batches]).toEqual([['2', '1', '2', '1'], [[0, 1, 2, 3]]])
    expect(await world.ask(processes[1]!, 'add')).toBe(2)
    expect(world.threads[1]?.isolate.slots.occupied).toBe(2)
  })
})

describe('a roll that is aborted', () => {
  test('half-way keeps what has moved, and lets the others go on as they were', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn(...eight)
    const onProgress = ({ moved }: { readonly moved: number }): void => {
      if (moved >= 2) abortUpgrade(world.abort, new Error('enough'))
    }
    const rolling = new Rolling(world, processes, { groupSize: 2, onProgress })
    await expect(rolling.run()).rejects.toMatchObject({ code: 'UPGRADE_ABORTED', phase: 'suspend' })
    const now = versions(processes)
    const moved = now.filter((each) => each === '2').length
    expect(moved).toBe(rolling.roll.moved)
    expect([moved >= 2, moved < 8, now.slice(moved)]).toEqual([
      true,
      true,
      now.slice(moved).map(() => '1'),
    ])
    const replies = await Promise.all(processes.map((each) => world.ask(each, 'add')))
    expect(replies).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })

  test('while a handler is waited for names no process: none is to blame', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {})
    world.send(processes[0]!, 'wait', 'never')
    await world.exchange()
    const rolled = new Rolling(world, processes, { groupSize: 1 }).run()
    rolled.catch(() => undefined)
    await world.rest()
    abortUpgrade(world.abort, new Error('enough'))
    const error: unknown = await rolled.catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'UPGRADE_ABORTED', phase: 'suspend' })
    expect(error).not.toHaveProperty('process')
    expect(versions(processes)).toEqual(['1', '1'])
  })

  test('between two groups does not wait for the next', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {})
    const rolling = new Rolling(world, processes, { groupSize: 1, throttleMs: 2 ** 30 })
    const rolled = rolling.run()
    rolled.catch(() => undefined)
    await world.rest()
    expect(versions(processes)).toEqual(['2', '1'])
    abortUpgrade(world.abort, new Error('enough'))
    await expect(rolled).rejects.toMatchObject({ code: 'UPGRADE_ABORTED' })
    expect(versions(processes)).toEqual(['2', '1'])
  })
})
