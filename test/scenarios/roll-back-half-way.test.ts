// @module-tag once
import type { RuntimeOptions } from 'moult'
import { expect, test } from 'vitest'
import { failure, labelsOf, open, roomFile, statesOf } from './rooms.ts'
import type { Rooms } from './rooms.ts'

const rolling = { mode: 'rolling', groupSize: 1 } as const

/** Four processes, and an upgrade that can be made to stop when two have been moved. */
async function stoppable(): Promise<
  Rooms & { stopsHalfWay: (run: () => Promise<unknown>) => Promise<void> }
> {
  let left = Infinity
  const faultPoint: RuntimeOptions['faultPoint'] = (phase) => {
    if (phase === 'transfer' && left-- === 0) throw new Error('half-way')
  }
  // What is moved, and to where, is decided process by process: they need no threads of their own.
  const rooms = await open(4, { faultPoint }, 1)
  const stopsHalfWay = async (run: () => Promise<unknown>): Promise<void> => {
    left = 2
    const message = expect.stringMatching(
      /: half-way \(room \d\); 2 of 4 had been moved$/,
    ) as string
    expect(await failure(run())).toMatchObject({ message, moved: 2, remaining: 2 })
    left = Infinity
  }
  return { ...rooms, stopsHalfWay }
}

test('a roll back after an upgrade that stopped half-way goes to the version that is current, the next one further', async () => {
  const { code, refs, stopsHalfWay } = await stoppable()
  await code.upgrade(roomFile('v2'))
  await stopsHalfWay(() => code.upgrade(roomFile('v3'), rolling))
  expect(labelsOf(refs).sort()).toEqual(['2.0.0', '2.0.0', '3.0.0', '3.0.0'])
  const report = await code.rollBack(rolling)
  expect(report).toMatchObject({ direction: 'downgrade', to: { version: '2.0.0' } })
  expect(report.processes.map(({ from }) => from.version)).toEqual(['3.0.0', '3.0.0'])
  expect(labelsOf(refs)).toEqual(['2.0.0', '2.0.0', '2.0.0', '2.0.0'])
  expect(code.version.version).toBe('2.0.0')
  await code.rollBack()
  expect(labelsOf(refs)).toEqual(['1.0.0', '1.0.0', '1.0.0', '1.0.0'])
})

test('it needs no version before the first, and can stop half-way itself', async () => {
  const { code, refs, stopsHalfWay } = await stoppable()
  await stopsHalfWay(() => code.upgrade(roomFile('v2'), rolling))
  await code.spawn({ version: '2.0.0', name: 'pinned' })
  const stopped = await failure(code.rollBack({ ...rolling, extra: { in: '2.0.0', by: 'throw' } }))
  expect(stopped).toMatchObject({ code: 'DOWNGRADE_FAILED' })
  await code.rollBack(rolling)
  expect(labelsOf(refs)).toEqual(['1.0.0', '1.0.0', '1.0.0', '1.0.0'])
  expect((await code.versions()).at(-1)?.processes).toEqual(['pinned'])
  await expect(code.rollBack()).rejects.toMatchObject({ code: 'NO_PREVIOUS_VERSION' })
  // Nobody steps to what the code went back from.
  expect((await refs[0]!.call('witness')).version).toBe('1.0.0')
})

test('an upgrade that completes ends it, to that version or another', async () => {
  const { code, refs, stopsHalfWay } = await stoppable()
  await stopsHalfWay(() => code.upgrade(roomFile('v2'), rolling))
  await code.upgrade('2.0.0', rolling)
  await stopsHalfWay(() => code.upgrade(roomFile('v3'), rolling))
  await code.upgrade(roomFile('v4'), rolling)
  await code.rollBack()
  expect(labelsOf(refs)).toEqual(['2.0.0', '2.0.0', '2.0.0', '2.0.0'])
  expect(await statesOf(code)).toMatchObject({ '2.0.0': 'current', '4.0.0': 'retired' })
})

test('a roll back that stopped half-way goes on where it was, and canaries are no part of it', async () => {
  const { code, refs, stopsHalfWay } = await stoppable()
  for (const version of ['v2', 'v3']) await code.upgrade(roomFile(version))
  await stopsHalfWay(() => code.rollBack(rolling))
  await code.rollBack(rolling)
  expect(labelsOf(refs)).toEqual(['2.0.0', '2.0.0', '2.0.0', '2.0.0'])
  await stopsHalfWay(() => code.upgrade('3.0.0', { ...rolling, only: 1 }))
  await code.rollBack()
  expect(labelsOf(refs)).toEqual(['1.0.0', '1.0.0', '1.0.0', '1.0.0'])
})

test('a roll back after a downgrade that stopped half-way takes those back up that had been moved', async () => {
  const { code, refs, stopsHalfWay } = await stoppable()
  for (const version of ['v2', 'v3']) await code.upgrade(roomFile(version))
  await stopsHalfWay(() => code.downgrade('2.0.0', rolling))
  expect(code.version.version).toBe('3.0.0')
  const report = await code.rollBack(rolling)
  expect(report).toMatchObject({ direction: 'upgrade', to: { version: '3.0.0' } })
  expect(report.processes.map(({ from }) => from.version)).toEqual(['2.0.0', '2.0.0'])
  expect(labelsOf(refs)).toEqual(['3.0.0', '3.0.0', '3.0.0', '3.0.0'])
  await code.rollBack()
  expect(labelsOf(refs)).toEqual(['2.0.0', '2.0.0', '2.0.0', '2.0.0'])
})
