// @module-tag once
import { describe, expect, test } from 'vitest'
import { UpgradeWorld, failure, reported } from '../upgrade-world.ts'
import type { State } from '../upgrade-world.ts'

describe('a hand-over that fails', () => {
  /** A version whose processes know their live state from a copy. */
  function knowing(next: object): UpgradeWorld {
    const alive: unknown[] = []
    const init = (): State => {
      const state = { count: 0 }
      alive.push(state)
      return state
    }
    const isAlive = (state: State): boolean => alive.includes(state)
    return new UpgradeWorld({
      old: { init, calls: { isAlive } },
      next: { calls: { isAlive }, ...next },
    })
  }

  const refuse = (): never => {
    throw new RangeError('refused')
  }

  test.each([
    ['whose codeChange throws', { codeChange: { 1: refuse } }, 'CODE_CHANGE_FAILED'],
    [
      'whose codeChange makes what is no data',
      { codeChange: { 1: () => ({ act: () => undefined }) } },
      'UNCLONEABLE_STATE',
    ],
    [
      'whose codeChange never ends',
      { codeChange: { 1: () => new Promise(() => undefined) } },
      'CODE_CHANGE_TIMEOUT',
    ],
  ])('%s goes back to the live state, and to its queue', async (_how, next, code) => {
    const world = knowing(next)
    const limit = code === 'CODE_CHANGE_TIMEOUT' ? { codeChangeTimeoutMs: 1 } : {}
    const { process, handOver } = await world.one({}, limit)
    expect(await world.ask(process, 'add')).toBe(1)
    await world.settle(handOver.suspend())
    const waits = ['isAlive', 'add', 'read'].map((name) => world.send(process, name))
    expect(await world.settle(failure(handOver.transfer()))).toMatchObject({ code })
    expect(handOver.culprit).toBe('p0')
    await world.settle(handOver.rollBack())
    await world.rest()
    expect(waits.map(({ ends }) => ends)).toEqual([
      [{ value: true }],
      [{ value: 2 }],
      [{ value: { count: 2, version: '1' } }],
    ])
    expect([process.lifecycle, process.version, reported(handOver)]).toEqual([
      'running',
      world.old,
      [],
    ])
    expect(world.threads[1]?.isolate.exit).toBeDefined()
  })

  test('behind that can be tried again', async () => {
    const world = knowing({
      codeChange: { 1: (state: State) => (state.count === 0 ? refuse() : state) },
    })
    const { process, handOver } = await world.one()
    expect(await world.failureOf(handOver)).toMatchObject({ code: 'CODE_CHANGE_FAILED' })
    await world.ask(process, 'add')
    await world.move(await world.opened([process]))
    expect(await world.ask(process, 'read')).toEqual({ count: 1, version: '2' })
  })

  test('because its state is no data is told why, and goes on', async () => {
    const spoil = (own: State): void => void Object.assign(own, { act: () => undefined })
    const world = new UpgradeWorld({ old: { calls: { spoil } } })
    const { process, handOver } = await world.one()
    await world.ask(process, 'spoil')
    expect(await world.failureOf(handOver)).toMatchObject({
      code: 'UNCLONEABLE_STATE',
      path: 'state.act',
    })
    expect(await world.ask(process, 'add')).toBe(1)
  })

  test('because the new thread has gone before anything is handed to it', async () => {
    const world = knowing({})
    const { process, handOver } = await world.one()
    await world.settle(handOver.suspend())
    world.threads[1]?.isolate.end(3)
    expect(handOver.lostThread).toMatchObject({ exitCode: 3 })
    expect(await failure(handOver.transfer())).toMatchObject({
      code: 'ISOLATE_EXITED',
      process: 'p0',
    })
    await world.settle(handOver.rollBack())
    expect(await world.ask(process, 'isAlive')).toBe(true)
  })

  test('because the new thread dies while the state enters', async () => {
    const world = knowing({ codeChange: { 1: () => new Promise(() => undefined) } })
    const { process, handOver } = await world.one()
    await world.settle(handOver.suspend())
    const failed = failure(handOver.transfer())
    await world.exchange()
    world.threads[1]?.isolate.end()
    expect(await failed).toMatchObject({ code: 'ISOLATE_EXITED' })
    await world.settle(handOver.rollBack())
    expect(await world.ask(process, 'isAlive')).toBe(true)
  })

  test('because the old thread dies is a crash, and told', async () => {
    const world = new UpgradeWorld()
    const { handOver } = await world.one()
    const failed = failure(handOver.suspend())
    world.threads[0]?.isolate.end()
    expect(await failed).toMatchObject({ code: 'ISOLATE_EXITED' })
    await world.settle(handOver.rollBack())
    expect(world.crashed).toEqual(['p0'])
  })

  test('where it holds goes back even when it is ready', async () => {
    const world = knowing({})
    const { process, handOver } = await world.one({}, { hold: true })
    await world.settle(handOver.suspend())
    await world.settle(handOver.transfer())
    const waits = world.send(process, 'isAlive')
    await world.settle(handOver.rollBack())
    await world.rest()
    expect(waits.ends).toEqual([{ value: true }])
    expect([process.version, reported(handOver)]).toEqual([world.old, []])
  })
})
