// @module-tag once
import { describe, expect, test } from 'vitest'
import { stopProcess } from '../../../../src/processes/stop.ts'
import { stopClock } from '../../../support/stopped-clock.ts'
import { UpgradeWorld, versions } from '../upgrade-world.ts'
import type { State } from '../upgrade-world.ts'
import { Rolling } from './rolling.ts'

const LARGE = 'x'.repeat(50_000)

describe('the groups of a roll', () => {
  test('go over in two lanes, and all processes come to the new version', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {}, {}, {}, {}, {}, {}, {})
    const rolling = new Rolling(world, processes, { groupSize: 4 })
    const { reports, blocked } = await rolling.run()
    expect(rolling.batches).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
      [6, 7],
    ])
    expect(versions(processes)).toEqual(processes.map(() => '2'))
    const ids = processes.map(({ id }) => id)
    expect(reports.map(({ id }) => id).toSorted()).toEqual(ids)
    expect([blocked, rolling.roll.moved, rolling.atOnce <= 4]).toEqual([[], 8, true])
    const counts = await Promise.all(processes.map((each) => world.ask(each, 'read')))
    expect(counts).toMatchObject(processes.map((_none, count) => ({ count, by: 'codeChange' })))
  })

  test('leave their old thread to end, which each report tells', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {}, {})
    const { reports } = await new Rolling(world, processes, { groupSize: 2 }).run()
    expect(reports.map(({ oldThread }) => oldThread?.exitCode)).toEqual([0, 0, 0])
    expect(world.threads[1]?.isolate.slots.occupied).toBe(3)
  })

  test('reach each phase once for each process', async () => {
    const world = new UpgradeWorld()
    const rolling = new Rolling(world, await world.spawn({}, {}, {}, {}, {}), { groupSize: 4 })
    await rolling.run()
    const phases = ['open', 'rehearse', 'audit', 'copy', 'suspend', 'transfer', 'resume']
    expect(rolling.first.toSorted()).toEqual([...phases, 'unload'].toSorted())
    expect(rolling.first.at(-1)).toBe('unload')
    for (const phase of phases) {
      expect([phase, rolling.phases.filter((each) => each === phase).length]).toEqual([phase, 5])
    }
  })

  test('are of those that share a thread', async () => {
    const world = new UpgradeWorld({ isolates: 2 })
    const processes = await world.spawn({}, {}, {}, {})
    const old = processes.map(({ activation }) => activation?.isolate)
    await new Rolling(world, processes, { groupSize: 4 }).run()
    for (const { isolate, asked } of world.threads.slice(0, 2)) {
      const own = old.filter((each) => each === isolate).length
      const suspends = asked.filter(({ type }) => type === 'suspend')
      expect([own, suspends]).toMatchObject([2, [{ slots: [0, 1] }]])
    }
    expect(versions(processes)).toEqual(['2', '2', '2', '2'])
  })

  test('grow where no size was given, as long as migrations take no time', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn(...Array.from({ length: 150 }, () => ({})))
    stopClock()
    const rolling = new Rolling(world, processes, { groupSize: undefined })
    await rolling.run()
    const lengths = rolling.batches.map(({ length }) => length)
    expect([lengths.slice(0, 2), lengths.slice(2).toSorted()]).toEqual([
      [12, 12],
      [62, 64],
    ])
    expect(versions(processes)).toEqual(processes.map(() => '2'))
  })

  test('are small again where none can go in a batch', async () => {
    const world = new UpgradeWorld()
    const states = Array.from({ length: 300 }, (_none, at) => (at < 24 ? {} : { text: LARGE }))
    const processes = await world.spawn(...states)
    stopClock()
    const atOnce: number[] = []
    const onProgress = (): void => {
      atOnce.push(rolling.atOnce)
      rolling.atOnce = 0
    }
    const rolling = new Rolling(world, processes, { groupSize: undefined, onProgress })
    await rolling.run()
    expect(Math.max(...atOnce)).toBeGreaterThan(64)
    expect(Math.max(...atOnce.slice(-4))).toBeLessThanOrEqual(24)
    expect(versions(processes)).toEqual(processes.map(() => '2'))
  })

  test('tell where the time went: to the phase that was waited in', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {})
    world.send(processes[1]!, 'wait', 'gate')
    await world.exchange()
    const pass = stopClock()
    const { roll } = new Rolling(world, processes, { groupSize: 1 })
    const rolled = world.settle(roll.run())
    await world.rest()
    pass(70)
    world.gate('gate').open()
    await rolled
    const all = Object.values(roll.times.times).reduce((sum, each) => sum + each)
    expect([roll.times.times.suspend, all]).toEqual([70, 70])
  })

  test('tell how far they have come, each time once', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {}, {}, {}, {}, {})
    const rolling = new Rolling(world, processes, { groupSize: 2 })
    await rolling.run()
    const moved = rolling.told.map((each) => each.moved)
    expect(moved).toEqual([...new Set(moved)].toSorted((one, other) => one - other))
    expect(rolling.told.at(-1)).toEqual({ moved: 6, total: 6, blocked: [] })
    expect(moved.length).toBeGreaterThan(1)
  })

  test('pass over one that has stopped before its turn', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {}, {})
    const rolling = new Rolling(world, processes, { groupSize: 3 })
    await world.settle(stopProcess(processes[1]!, { drain: true, timeoutMs: 10_000 }, 10_000))
    const { reports } = await rolling.run()
    expect(reports.map(({ id }) => id)).toEqual(['p0', 'p2'])
    expect(versions(processes)).toEqual(['2', 'stopped', '2'])
    expect(world.threads[1]?.isolate.slots.occupied).toBe(2)
  })
})

describe('one that cannot go with the others', () => {
  test('because a message waits for it goes alone from the beginning', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {}, {})
    const waits = world.send(processes[1]!, 'read')
    const rolling = new Rolling(world, processes, { groupSize: 6 })
    await rolling.run()
    expect(rolling.batches.map((each) => each.length).toSorted()).toEqual([1, 2])
    expect(versions(processes)).toEqual(['2', '2', '2'])
    expect(waits.ends).toHaveLength(1)
  })

  test('because its state is large goes alone when the others have gone', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, { text: LARGE }, {})
    const rolling = new Rolling(world, processes, { groupSize: 6 })
    const { reports } = await rolling.run()
    expect(rolling.batches).toEqual([[0, 1, 2], [1]])
    expect(reports.map(({ id }) => id)).toEqual(['p0', 'p2', 'p1'])
    expect(await world.ask(processes[1]!, 'read')).toMatchObject({ text: LARGE, version: '2' })
    expect(world.threads[1]?.isolate.slots.occupied).toBe(3)
  })

  test('lets no batch be tried again where none of a batch could go', async () => {
    const world = new UpgradeWorld()
    const states = Array.from({ length: 6 }, () => ({ text: LARGE }))
    const processes = await world.spawn(...states)
    const rolling = new Rolling(world, processes, { groupSize: 4 })
    await rolling.run()
    const lengths = rolling.batches.map((each) => each.length)
    // Each lane has tried one batch at most.
    expect(lengths.filter((each) => each === 2).length).toBeLessThanOrEqual(2)
    expect(lengths.filter((each) => each === 1)).toHaveLength(6)
    expect(versions(processes)).toEqual(states.map(() => '2'))
  })
})

describe('a roll that tries copies first', () => {
  test('tries them in one go, and moves in batches only what has been seen to be small', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {}, {}, {})
    // Else a busy machine would leave some of them to be tried alone.
    stopClock()
    const rolling = new Rolling(world, processes, { groupSize: 8, rehearses: true })
    await rolling.run()
    const [old] = world.threads
    expect(old?.asked.filter(({ type }) => type === 'copy')).toMatchObject([
      { slots: [0, 1, 2, 3] },
    ])
    const tried = world.threads.flatMap(({ asked }) => asked.filter(({ type }) => type === 'try'))
    expect(tried).toMatchObject([{ count: 4 }])
    expect(rolling.batches).toEqual([[0, 1, 2, 3]])
    expect(versions(processes)).toEqual(['2', '2', '2', '2'])
    // Only the isolate where they live is left.
    expect(world.threads.filter(({ isolate }) => isolate.exit === undefined)).toHaveLength(1)
  })

  test('asks again for those to which one turn of copying did not come', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {}, {})
    const pass = stopClock()
    const bigint = process.hrtime.bigint.bind(process.hrtime)
    // Each look at the clock is later than the one before: there is time for one copy in a turn.
    process.hrtime.bigint = () => {
      pass(0.6)
      return bigint()
    }
    const rolling = new Rolling(world, processes, { groupSize: 6, rehearses: true })
    await rolling.run()
    const copied = world.threads[0]?.asked.filter(({ type }) => type === 'copy')
    expect(copied).toMatchObject([{ slots: [0, 1, 2] }, { slots: [1, 2] }, { slots: [2] }])
    expect(rolling.batches).toEqual([[0, 1, 2]])
  })

  test('moves each alone where one is large', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, { text: LARGE }, {})
    const rolling = new Rolling(world, processes, { groupSize: 6, rehearses: true })
    await rolling.run()
    expect(rolling.batches.map(({ length }) => length)).toEqual([1, 1, 1])
    expect(versions(processes)).toEqual(['2', '2', '2'])
  })

  test('fails before anything stands still, and says for whom', async () => {
    const refuse = (state: State): State => {
      if (state.count === 2) throw new RangeError('refused')
      return state
    }
    const world = new UpgradeWorld({ next: { codeChange: { 1: refuse } } })
    const processes = await world.spawn({}, {}, {})
    const rolling = new Rolling(world, processes, { groupSize: 1, rehearses: true })
    await expect(rolling.run()).rejects.toMatchObject({
      code: 'CODE_CHANGE_FAILED',
      phase: 'rehearse',
      process: 'p2',
    })
    expect(versions(processes)).toEqual(['2', '2', '1'])
    expect(rolling.batches).toEqual([[0], [1]])
  })
})

describe('a roll with a limit of its pauses', () => {
  test('moves one at a time', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {}, {}, {})
    const rolling = new Rolling(world, processes, { groupSize: 4, maxPauseMs: 10_000_000 })
    await rolling.run()
    expect(rolling.batches).toEqual([[0], [1], [2], [3]])
    expect(rolling.atOnce).toBe(1)
  })

  test('is refused before anything stands still that would take longer', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {})
    const rolling = new Rolling(world, processes, { maxPauseMs: 0, rehearses: true })
    await expect(rolling.run()).rejects.toMatchObject({
      code: 'PAUSE_TOO_LONG',
      phase: 'copy',
      process: 'p0',
    })
    expect([rolling.batches, versions(processes)]).toEqual([[], ['1', '1']])
  })
})
