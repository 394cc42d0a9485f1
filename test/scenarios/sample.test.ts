// @module-tag once
import { expect, test } from 'vitest'
import { rejection } from './contract-programs.ts'
import { expectStoppedHalfWay, expectWhole, files, share } from './shared.ts'

test.each([
  [2, 40, 10],
  ['per-process', 5, 2],
] as const)(
  'isolates %o: of %i processes codeChange is tried on copies of %i',
  async (isolates, processes, sample) => {
    const { code, rooms } = await share(processes, isolates)
    const runs = new SharedArrayBuffer(4)
    const extra = { at: 'all', by: 'none', runs }
    const report = await code.upgrade(files.v2, { extra, rehearse: { warm: 0, sample } })
    const tried = report.processes.map(({ dryRuns }) => dryRuns).toSorted()
    expect(tried).toEqual(rooms.map((_room, at) => (at < processes - sample ? 0 : 1)))
    expect(new Int32Array(runs)[0]).toBe(processes + sample)
    await expectWhole(rooms, 0)
  },
)

test('a state that is not tried, for which codeChange fails, is found when its process moves', async () => {
  const { code, rooms } = await share(40, 2)
  const options = { extra: { at: 1026, by: 'throw' }, rehearse: { sample: 5 } }
  const error = await rejection(code.upgrade(files.v2, options))
  expect(error).toMatchObject({ code: 'CODE_CHANGE_FAILED', phase: 'transfer', process: 'room 26' })
  const remaining = expectStoppedHalfWay(rooms, error)
  expect(rooms[26]!.version).toBe('1.0.0')
  await expectWhole(rooms, 0)
  expect((await code.upgrade(files.v2)).processes).toHaveLength(remaining)
  await expectWhole(rooms, 0)
})
