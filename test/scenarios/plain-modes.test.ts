import type { UpgradeReport } from 'moult'
import { expect, test } from 'vitest'
import type { Step } from '../fixtures/plain/plain.ts'
import { applyBoth, change, copied, expectLike, plain, plainFiles, plainProcess } from './plain.ts'
import { Project, event } from './watched.ts'
import type { Shape } from './watched.ts'
import { testRuntime } from '../support/runtime.ts'

const some: readonly Step[] = [
  ['add', 'item 7', 3],
  ['delete', 'item 8'],
  ['set', 'new', 2],
]

test("large states go ahead one after the other with mode: 'rolling'", async () => {
  const { code } = await plain(1)
  const worlds = [await plainProcess(code, 3_000), await plainProcess(code, 4_000)]
  const busy = worlds.map((each) => applyBoth(each, some))
  const report = await code.upgrade(plainFiles['2.0.0'], { mode: 'rolling' })
  await Promise.all(busy)
  for (const each of worlds) {
    change(each, 2)
    await applyBoth(each, some)
    await expectLike(each)
    const own = report.processes.find(({ id }) => id === each.ref.id)
    expect(own?.copied).toMatchObject({ way: 'objects' })
  }
})

test('a pause that would be too long is refused behind the copy, and the next one is not', async () => {
  const world = await plain(3_000)
  const threadId = await world.ref.call('where')
  const upgrade = world.code.upgrade(plainFiles['2.0.0'], { maxPauseMs: 0 })
  await expect(upgrade).rejects.toMatchObject({ code: 'PAUSE_TOO_LONG', phase: 'copy' })
  await applyBoth(world, some)
  await expectLike(world)
  expect(await world.ref.call('where')).toBe(threadId)
  const report = await world.code.upgrade(plainFiles['2.0.0'], { maxPauseMs: 60_000 })
  expect(copied(report)).toMatchObject({ way: 'objects' })
  expect(report.budget).toMatchObject({ maxPauseMs: 60_000, isExceeded: false })
  expect(report.budget?.estimatedMs).toBeGreaterThan(0)
  change(world, 2)
  await expectLike(world)
})

const summed = (mark: string): string => `
import { defineProcess } from 'moult'
export default defineProcess({
  version: '1.0.0',
  init: () => ({ items: Array.from({ length: 3_000 }, (_none, n) => ({ n })) }),
  calls: { next: ({ items }) => items.reduce((sum, { n }) => sum + n, 0) + '${mark}' },
})
`

test('what is saved while it is watched takes over a state that goes ahead', async () => {
  const project = await Project.create()
  await project.save('main.ts', summed('a'))
  const runtime = await testRuntime()
  const code = await runtime.load<Shape>(project.file)
  const ref = await code.spawn()
  const upgraded = event(code.watch(), 'upgraded')
  await project.save('main.ts', summed('b'))
  expect(copied((await upgraded) as UpgradeReport)).toMatchObject({ way: 'objects' })
  expect(await ref.call('next')).toBe('4498500b')
})

test.each(['symbol', 'getter'] as const)(
  'a %s that an item gets in the last moment is refused, though all else is as it was',
  async (what) => {
    let isArmed = true
    const world = await plain(3_000, '1.0.0', {
      faultPoint: async (phase) => {
        if (phase !== 'suspend' || !isArmed) return
        isArmed = false
        await world.ref.call('apply', [[what, 'item 7']])
        world.model.hits++
      },
    })
    const upgrade = world.code.upgrade(plainFiles['2.0.0'])
    await expect(upgrade).rejects.toMatchObject({
      code: 'UNCLONEABLE_STATE',
      path: expect.stringContaining('item 7') as unknown,
    })
    await applyBoth(world, [['delete', 'item 7'], ...some])
    await expectLike(world)
    expect(copied(await world.code.upgrade(plainFiles['2.0.0']))).toMatchObject({ way: 'objects' })
    change(world, 2)
    await expectLike(world)
  },
)

test('the old thread ends behind the suspend, before all is proved: what has arrived is not lost', async () => {
  let end = async (): Promise<void> => undefined
  const faultPoint = (phase: string): Promise<void> | undefined => {
    return phase === 'transfer' ? end() : undefined
  }
  const { runtime } = await plain(1, '1.0.0', { faultPoint })
  const code = await runtime.load<never>(plainFiles['1.0.0'], { name: 'shared', isolates: 1 })
  const world = await plainProcess(code, 20_000)
  const neighbour = await plainProcess(code, 1)
  end = () => neighbour.ref.call('exit').catch(() => undefined)
  await applyBoth(world, some)
  const report = await world.ref.upgrade(plainFiles['2.0.0'])
  expect(copied(report)).toMatchObject({ way: 'objects' })
  change(world, 2)
  await expectLike(world)
})
