// @module-tag once
import { expect, test } from 'vitest'
import { Sandbox } from '../../../../src/upgrade/dry-run/sandbox.ts'
import { Sandboxes } from '../../../../src/upgrade/dry-run/sandboxes.ts'
import { Hops } from '../../../../src/upgrade/plan/hops.ts'
import type { Plan } from '../../../../src/upgrade/plan/plan.ts'
import { rollThrough } from '../../../../src/upgrade/rolling/roll-through.ts'
import type { Moved } from '../../../../src/upgrade/report/report.ts'
import type { Process } from '../../../../src/processes/process.ts'
import { UpgradeWorld, versions } from '../upgrade-world.ts'
import type { State } from '../upgrade-world.ts'
import { Rolling } from './rolling.ts'

/** Carries a roll out with all that it has to open first. Nothing is tried on copies. */
function carriedOut(world: UpgradeWorld, processes: readonly Process[]): Promise<Moved> {
  const { request } = new Rolling(world, processes, { groupSize: 2 })
  const sandboxes = new Sandboxes(() => new Sandbox(world.loader, world.target, 10_000), 10_000)
  const plan = { phases: ['open', 'transfer'] } as unknown as Plan
  const hops = new Hops([], 10_000)
  return world.settle(rollThrough({ ...request, plan, sandboxes, hops, loader: world.loader }))
}

/** How many places are taken in the isolates of the target, of those that are alive. */
function taken({ threads }: UpgradeWorld, from: number): number[] {
  return threads.slice(from).flatMap(({ isolate }) => {
    return isolate.exit === undefined ? [isolate.slots.occupied] : []
  })
}

test('as many isolates are opened as processes will share, and only they keep their places', async () => {
  const world = new UpgradeWorld({ isolates: 2 })
  const processes = await world.spawn({}, {}, {}, {}, {}, {})
  const { reports, blocked } = await carriedOut(world, processes)
  expect([reports.length, blocked]).toEqual([6, []])
  expect(taken(world, 2)).toEqual([3, 3])
  expect(versions(processes)).toEqual(processes.map(() => '2'))
})

test('a failure says how many were moved and are left, and what was opened stays only for those', async () => {
  const refuse = (state: State): State => {
    if (state.count === 2) throw new RangeError('refused')
    return state
  }
  const world = new UpgradeWorld({ next: { codeChange: { 1: refuse } } })
  const processes = await world.spawn({}, {}, {}, {}, {}, {}, {}, {})
  const failed: unknown = await carriedOut(world, processes).catch((error: unknown) => error)
  const moved = versions(processes).filter((each) => each === '2').length
  expect(failed).toMatchObject({ phase: 'transfer', process: 'p2', moved, remaining: 8 - moved })
  expect(taken(world, 1)).toEqual([moved])
})

test('nothing is left open where nothing could be moved', async () => {
  const refuse = (): never => {
    throw new RangeError('refused')
  }
  const world = new UpgradeWorld({ next: { codeChange: { 1: refuse } } })
  const processes = await world.spawn({}, {})
  await expect(carriedOut(world, processes)).rejects.toMatchObject({ moved: 0, remaining: 2 })
  await world.rest()
  expect([taken(world, 1), versions(processes)]).toEqual([[], ['1', '1']])
})

test('an upgrade that was given up before it began opens nothing for long', async () => {
  const world = new UpgradeWorld()
  const processes = await world.spawn({}, {})
  world.abort.abort(new Error('enough'))
  await expect(carriedOut(world, processes)).rejects.toMatchObject({ phase: 'open', moved: 0 })
  await world.rest()
  expect([taken(world, 1), versions(processes)]).toEqual([[], ['1', '1']])
})
