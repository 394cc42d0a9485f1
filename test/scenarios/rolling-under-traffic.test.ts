import type { RollProgress } from 'moult'
import { expect, test } from 'vitest'
import { expectWhole, files, share, versionsOf } from './shared.ts'
import { Traffic } from './traffic.ts'

test('all go over under traffic, group by group, and back: nothing lost, doubled or out of order', async () => {
  const { runtime, code, rooms } = await share(60, 2)
  const traffic = new Traffic(rooms)
  const seen: RollProgress[] = []
  runtime.on('upgradeProgress', (progress) => seen.push(progress))
  const up = await code.upgrade(files.v2, { groupSize: 16 })
  expect(up.processes).toHaveLength(60)
  expect(up.processes.map(({ oldThread }) => oldThread?.exitCode)).toEqual(rooms.map(() => 0))
  expect(versionsOf(rooms)).toEqual({ '2.0.0': 60 })
  const down = await code.downgrade('1.0.0')
  expect(down.processes).toHaveLength(60)
  expect(versionsOf(rooms)).toEqual({ '1.0.0': 60 })
  await code.upgrade('2.0.0', { rehearse: false })
  await expectWhole(rooms, await traffic.end())
  const moved = seen.map((each) => each.moved)
  // Of the first upgrade, until all had been moved: each step is told once.
  const first = moved.slice(0, moved.indexOf(60) + 1)
  expect(first).toEqual([...new Set(first)].sort((one, other) => one - other))
  expect(first.length).toBeGreaterThan(2)
  await expect.poll(() => runtime.isolates).toBe(2)
})
