// @module-tag once
import { describe, expect, test } from 'vitest'
import { BATCH_DEADLINE_MS } from '../../../../src/upgrade/limits/deadlines.ts'
import { packState } from '../../../../workers/state/state-bytes.ts'
import { stopClock } from '../../../support/stopped-clock.ts'
import { UpgradeWorld, labels, reported, versions } from '../upgrade-world.ts'
import type { State } from '../upgrade-world.ts'

const LARGE = 'x'.repeat(50_000)

describe('a batch', () => {
  test('moves each with its state, and leaves the old isolate to nobody', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({ tag: 'a' }, { tag: 'bb' }, { tag: 'ccc' })
    const handOver = await world.opened(processes)
    await world.move(handOver)
    const states = await Promise.all(processes.map((each) => world.ask(each, 'read')))
    expect(states).toEqual([
      { count: 0, tag: 'a', by: 'codeChange', version: '2' },
      { count: 1, tag: 'bb', by: 'codeChange', version: '2' },
      { count: 2, tag: 'ccc', by: 'codeChange', version: '2' },
    ])
    expect([handOver.left, handOver.isSkipped]).toEqual([[], false])
    const [old, next] = world.threads
    expect([old?.isolate.exit?.exitCode, next?.isolate.slots.occupied]).toEqual([0, 3])
  })

  test('reports what each was: its size, and what waited for it meanwhile', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({ tag: 'a' }, { tag: 'bb' })
    const handOver = await world.opened(processes)
    await world.settle(handOver.suspend())
    const calls = [1, 2, 3].map(() => world.send(processes[1]!, 'add'))
    await world.settle(handOver.transfer())
    handOver.resume()
    await world.settle(handOver.unload())
    const sizes = [
      packState({ count: 0, tag: 'a' }).bytes.length,
      packState({ count: 1, tag: 'bb' }).bytes.length,
    ]
    expect(handOver.reports.map(({ report }) => report)).toMatchObject([
      { id: 'p0', from: { version: '1' }, stateBytes: sizes[0], messagesHeld: 0 },
      { id: 'p1', from: { version: '1' }, stateBytes: sizes[1], messagesHeld: 3 },
    ])
    await world.rest()
    expect(calls.map(({ ends }) => ends)).toEqual([[{ value: 2 }], [{ value: 3 }], [{ value: 4 }]])
  })

  test('leaves one for which a handler runs or a message waits, without asking it', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {}, {})
    const [, busy, waiting] = processes
    const running = world.send(busy!, 'wait', 'gate')
    await world.exchange()
    const waits = world.send(waiting!, 'add')
    const handOver = await world.opened(processes)
    await world.move(handOver)
    expect(labels(handOver.left)).toEqual(['p1', 'p2'])
    expect(versions(processes)).toEqual(['2', '1', '1'])
    expect([busy, waiting].map((each) => each?.activation?.cell.attempt)).toEqual([0, 0])
    world.gate('gate').open()
    await world.rest()
    expect([running.ends, waits.ends]).toEqual([[{ value: 2 }], [{ value: 3 }]])
    // The places of those that have not come are free.
    expect(world.threads[1]?.isolate.slots.occupied).toBe(1)
  })

  test.each([
    ['is large', { text: LARGE }],
    ['is no data', { act: () => undefined }],
  ])('leaves one whose state %s as if it had not been asked', async (_why, state) => {
    // What init makes has to be data; what a handler makes of it does not.
    const spoil = (own: State): void => void Object.assign(own, state)
    const world = new UpgradeWorld({ old: { calls: { spoil } } })
    const processes = await world.spawn({}, {}, {})
    await world.ask(processes[1]!, 'spoil')
    const handOver = await world.opened(processes)
    await world.settle(handOver.suspend())
    expect(labels(handOver.left.filter(({ exported }) => exported === undefined))).toEqual(['p1'])
    expect(await world.ask(processes[1]!, 'add')).toBe(2)
    await world.settle(handOver.transfer())
    handOver.resume()
    await world.settle(handOver.unload())
    expect([labels(handOver.left), reported(handOver)]).toEqual([['p1'], ['p0', 'p2']])
    expect(versions(processes)).toEqual(['2', '1', '2'])
    expect(await world.ask(processes[2]!, 'read')).toMatchObject({ count: 2, version: '2' })
  })

  test('of which none can go is skipped, and its places are given back', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({ text: LARGE }, { text: LARGE })
    const handOver = await world.opened(processes)
    await world.move(handOver)
    expect([handOver.isSkipped, labels(handOver.left)]).toEqual([true, ['p0', 'p1']])
    expect([versions(processes), reported(handOver)]).toEqual([['1', '1'], []])
    expect(world.threads[1]?.isolate.isLeaving).toBe(true)
  })
})

describe('a batch in a thread that is busy', () => {
  test('is given up soon, and what the thread reads then changes nothing', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {})
    const handOver = await world.opened(processes)
    const pass = stopClock()
    const suspended = handOver.suspend()
    pass(BATCH_DEADLINE_MS)
    await suspended
    expect([handOver.isSkipped, labels(handOver.left)]).toEqual([true, ['p0', 'p1']])
    const replies = processes.map((each) => world.ask(each, 'add'))
    expect(await Promise.all(replies)).toEqual([1, 2])
    expect(versions(processes)).toEqual(['1', '1'])
  })

  test('takes no state whose answer came too late: the processes go on with it', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {})
    const handOver = await world.opened(processes)
    const pass = stopClock()
    const suspended = handOver.suspend()
    await Promise.resolve()
    world.threads[0]?.run()
    const waits = processes.map((each) => world.send(each, 'add'))
    pass(BATCH_DEADLINE_MS)
    await suspended
    expect(handOver.isSkipped).toBe(true)
    await world.rest()
    expect(waits.map(({ ends }) => ends)).toEqual([[{ value: 1 }], [{ value: 2 }]])
    expect(versions(processes)).toEqual(['1', '1'])
  })

  test('which dies leaves its processes to be made anew', async () => {
    const world = new UpgradeWorld()
    const processes = await world.spawn({}, {})
    const handOver = await world.opened(processes)
    const suspended = handOver.suspend()
    world.threads[0]?.isolate.end()
    await world.settle(suspended)
    expect([handOver.isSkipped, world.crashed]).toEqual([true, ['p0', 'p1']])
  })
})

test('a batch that holds serves when it is released, and waits with what comes', async () => {
  const world = new UpgradeWorld()
  const processes = await world.spawn({}, {})
  const handOver = await world.opened(processes, { hold: true })
  await world.settle(handOver.suspend())
  const waits = processes.map((each) => world.send(each, 'read'))
  await world.settle(handOver.transfer())
  await world.rest()
  expect(waits.map(({ ends }) => ends)).toEqual([[], []])
  handOver.resume()
  await world.rest()
  expect(waits.map(({ ends }) => ends)).toMatchObject([
    [{ value: { count: 0, version: '2' } }],
    [{ value: { count: 1, version: '2' } }],
  ])
  await world.settle(handOver.unload())
  expect(world.threads[0]?.isolate.exit?.exitCode).toBe(0)
})
