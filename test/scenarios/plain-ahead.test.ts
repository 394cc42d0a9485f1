import { describe, expect, test } from 'vitest'
import type { Step } from '../fixtures/plain/plain.ts'
import { applyBoth, change, copied, expectLike, plain, plainFiles, plainProcess } from './plain.ts'
import type { PlainProcess, PlainWorld } from './plain.ts'

const some: readonly Step[] = [
  ['add', 'item 7', 3],
  ['delete', 'item 8'],
  ['last', 'item 9'],
  ['set', 'item 8', 1],
  ['set', 'new', 2],
]

/** Changes the state from now on until an upgrade has ended, and checks that nothing was lost. */
async function whileBusy<Value>(process: PlainProcess, work: Promise<Value>): Promise<Value> {
  const progress = { isOver: false }
  const end = (): void => void (progress.isOver = true)
  work.then(end, end)
  let at = 0
  while (!progress.isOver) {
    const step = ['add', `item ${100 + (at++ % 500)}`, 0] as const
    await applyBoth(process, [step])
  }
  return work
}

test.each([
  { rehearse: true, isolates: 'per-process' },
  { rehearse: false, isolates: 'per-process' },
  { rehearse: true, isolates: 1 },
] as const)(
  'a large plain state goes ahead, and arrives as it is at the end: $rehearse, $isolates',
  async ({ rehearse, isolates }) => {
    const { runtime } = await plain(1)
    const code = await runtime.load<never>(plainFiles['1.0.0'], { name: 'more', isolates })
    const world = await plainProcess(code, 3_000)
    const other = await plainProcess(code, 1)
    await applyBoth(world, [...some, ['odd', 'mixed']])
    const report = await whileBusy(world, code.upgrade(plainFiles['2.0.0'], { rehearse }))
    change(world, 2)
    change(other, 2)
    await expectLike(world)
    await expectLike(other)
    const own = report.processes.find(({ id }) => id === world.ref.id)
    expect(own?.copied).toMatchObject({ way: 'objects' })
    expect(report.processes.find(({ id }) => id === other.ref.id)?.copied).toBeUndefined()
    await applyBoth(world, some)
    await expectLike(world)
  },
)

describe('which way it goes, and why', { tags: ['once'] }, () => {
  const way = async (
    world: PlainWorld,
    file: keyof typeof plainFiles,
    options: { readonly copy?: 'whole' } = {},
  ): Promise<unknown> => copied(await world.code.upgrade(plainFiles[file], options))

  test('a small state goes in the pause, and nothing is told of it', async () => {
    const world = await plain(100)
    expect(await way(world, '2.0.0')).toBeUndefined()
    change(world, 2)
    await expectLike(world)
  })

  test("a large one does with copy: 'whole'", async () => {
    const world = await plain(3_000)
    expect(await way(world, '2.0.0', { copy: 'whole' })).toBeUndefined()
    change(world, 2)
    await expectLike(world)
  })

  test.each(['before it begins', 'in the pause'])(
    'one with what does not go over piece by piece goes as a whole: %s',
    async (when) => {
      let reached = (): unknown => undefined
      const world = await plain(3_000, '1.0.0', {
        faultPoint: async (phase) => {
          if (phase === 'suspend') await reached()
        },
      })
      const put = (): Promise<void> => applyBoth(world, [['odd', 'named']])
      if (when === 'in the pause') reached = put
      else await put()
      const why = expect.stringContaining('an array with fields beside its elements') as unknown
      expect(await way(world, '2.0.0')).toMatchObject({ way: 'whole', why })
      change(world, 2)
      await expectLike(world)
    },
  )

  test('one that would take more memory than its thread has goes as a whole', async () => {
    const { runtime } = await plain(1)
    const limits = { maxOldGenerationSizeMb: 32 }
    const code = await runtime.load<never>(plainFiles['1.0.0'], {
      name: 'small',
      resourceLimits: limits,
    })
    const world = await plainProcess(code, 25_000)
    const report = await code.upgrade(plainFiles['2.0.0'])
    const why = expect.stringContaining('memory') as unknown
    expect(copied(report)).toMatchObject({ way: 'whole', why })
    expect(await world.ref.call('isWhole')).toBe(true)
  })

  test('what is not data is refused as ever, and the old version goes on', async () => {
    const world = await plain(3_000)
    await world.ref.call('apply', [['odd', 'function']])
    const upgrade = world.code.upgrade(plainFiles['2.0.0'])
    await expect(upgrade).rejects.toMatchObject({
      code: 'UNCLONEABLE_STATE',
      phase: 'rehearse',
      path: 'state.odd',
    })
    await world.ref.call('apply', [['odd', 'nothing']])
    world.model.hits += 2
    await expectLike(world)
    expect(await way(world, '2.0.0')).toMatchObject({ way: 'objects' })
  })

  test('an unchanged state goes ahead there and back, and by a downgrade to a copy beside it', async () => {
    const world = await plain(3_000, '2.0.0')
    expect(await way(world, '3.0.0')).toMatchObject({ way: 'objects', recordsLeft: 0 })
    await applyBoth(world, some)
    await expectLike(world)
    expect(copied(await world.code.downgrade('2.0.0'))).toMatchObject({ way: 'objects' })
    await expectLike(world)
    await world.code.load(plainFiles['1.0.0'])
    await applyBoth(world, [['odd', 'mixed']])
    const downgrade = world.code.downgrade('1.0.0')
    expect(copied(await whileBusy(world, downgrade))).toMatchObject({ way: 'objects' })
    change(world, 1 / 2)
    await expectLike(world)
  })

  test('a state that passes through a version between goes ahead to there', async () => {
    const world = await plain(3_000)
    await world.code.load(plainFiles['2.0.0'])
    const upgrade = world.code.upgrade(plainFiles['3.0.0'])
    expect(copied(await whileBusy(world, upgrade))).toMatchObject({ way: 'objects' })
    change(world, 2)
    await expectLike(world)
  })
})

/** A process with a large state, and what is called once its copy is under way, or when this phase is reached. */
async function whileCopied(
  count: number,
  work: (world: PlainWorld) => Promise<unknown>,
  at: 'rehearse' | 'audit' = 'rehearse',
): Promise<PlainWorld> {
  let isDue = true
  const world: PlainWorld = await plain(count, '1.0.0', {
    faultPoint: (phase) => {
      if (phase !== at || !isDue) return
      isDue = false
      if (at === 'audit') return work(world).then(() => undefined)
      void (async () => {
        // It is in slices between messages.
        for (let calls = 0; calls < 20; calls++) await world.ref.call('where')
        await work(world)
      })()
    },
  })
  return world
}

test('a process that is stopped while it is copied is not moved', async () => {
  const world = await whileCopied(60_000, ({ ref }) => ref.stop())
  expect((await world.code.upgrade(plainFiles['2.0.0'])).processes).toEqual([])
})

test('the old thread dies while its state is copied: the process is made anew, the upgrade fails', async () => {
  const world = await whileCopied(60_000, ({ ref }) => ref.call('exit').catch(() => undefined))
  const upgrade = world.code.upgrade(plainFiles['2.0.0'])
  await expect(upgrade).rejects.toMatchObject({ code: 'ISOLATE_EXITED', phase: 'rehearse' })
  await expect.poll(() => world.ref.inspect()).toMatchObject({ lifecycle: 'running' })
  await world.code.upgrade(plainFiles['2.0.0'])
  expect(await world.ref.call('isWhole')).toBe(true)
})

test('a thread that dies behind the copy takes it along: what was made anew goes as a whole', async () => {
  const world = await whileCopied(
    3_000,
    ({ ref }) => ref.call('exit').catch(() => undefined),
    'audit',
  )
  await applyBoth(world, some)
  const report = await world.code.upgrade(plainFiles['2.0.0'])
  expect(copied(report)).toMatchObject({ way: 'whole', why: 'it was made anew meanwhile' })
  expect((await world.ref.state()).items.get('item 7')).toMatchObject({ n: 14 })
})

test('an upgrade that is aborted while a state is copied leaves everything as it was', async () => {
  const abort = new AbortController()
  const world = await whileCopied(60_000, async () => abort.abort())
  const upgrade = world.code.upgrade(plainFiles['2.0.0'], { signal: abort.signal })
  await expect(upgrade).rejects.toMatchObject({ code: 'UPGRADE_ABORTED', phase: 'rehearse' })
  await applyBoth(world, some)
  expect(await world.ref.call('isWhole')).toBe(true)
  expect((await world.ref.state()).items.get('item 7')).toMatchObject({ n: 10 })
})

test('what is sent without a pause through moves there and back is all there, once, in its order', async () => {
  const world = await plain(2_500, '2.0.0')
  await world.code.load(plainFiles['3.0.0'])
  const progress = { isOver: false }
  const traffic = (async () => {
    for (let at = 1; !progress.isOver; at++) {
      const key = `item ${(at * 7919) % 2_600}`
      const steps: readonly Step[] = [
        ['add', key, at],
        ['delete', `item ${(at * 31) % 2_600}`],
        ['set', `item ${(at * 17) % 2_600}`, at],
        ['last', key],
      ]
      const applied = applyBoth(world, steps)
      // Some wait in the mailbox at each moment.
      if (at % 20 === 0) await applied
    }
  })()
  for (const move of ['upgrade', 'downgrade', 'upgrade'] as const) {
    // Where it changes faster than it is copied, it goes as a whole: it is the state that counts.
    await world.code[move](plainFiles[move === 'upgrade' ? '3.0.0' : '2.0.0'])
  }
  progress.isOver = true
  await traffic
  await expectLike(world)
})

test('several go together, each in its own way', async () => {
  const { code } = await plain(1)
  const worlds = [
    await plainProcess(code, 3_000),
    await plainProcess(code, 4_000),
    await plainProcess(code, 10),
  ]
  const busy = worlds.slice(0, 2).map((each) => applyBoth(each, some))
  const report = await code.upgrade(plainFiles['2.0.0'], { mode: 'atomic', maxPauseMs: 60_000 })
  await Promise.all(busy)
  for (const each of worlds) {
    change(each, 2)
    await expectLike(each)
  }
  const ways = report.processes.map((each) => each.copied?.way)
  expect(ways.slice(-3)).toEqual(['objects', 'objects', undefined])
})
