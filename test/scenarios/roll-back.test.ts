// @module-tag once
import { expect, test } from 'vitest'
import { expectNoOthers, expectUntouched, labelsOf, open, roomFile, statesOf } from './rooms.ts'

test('a roll back goes to the version before, again and again, and no further than the first', async () => {
  const rooms = await open(2)
  const { code, refs } = rooms
  await expect(code.rollBack()).rejects.toMatchObject({
    code: 'NO_PREVIOUS_VERSION',
    version: '1.0.0',
  })
  for (const file of ['v2', 'v3', 'v4']) await code.upgrade(roomFile(file))
  const report = await code.rollBack()
  expect(report).toMatchObject({
    direction: 'downgrade',
    from: { version: '4.0.0' },
    to: { version: '3.0.0' },
  })
  // Without the version between, it goes over what is left.
  await code.softPurge('4.0.0')
  await code.rollBack()
  await code.rollBack()
  expect(labelsOf(refs)).toEqual(['1.0.0', '1.0.0'])
  await expect(code.rollBack()).rejects.toMatchObject({ code: 'NO_PREVIOUS_VERSION' })
  const downwards = ['4.0.0: 4.0.0 → 3.0.0', '3.0.0: 3.0.0 → 2.0.0', '2.0.0: 2.0.0 → 1.0.0']
  expect((await refs[0]!.call('trail')).slice(-3)).toEqual(downwards)
  await expectNoOthers(rooms)
})

test('a roll back after a purge goes to what was current before that, if a way leads there', async () => {
  const rooms = await open(1)
  const { code } = rooms
  for (const file of ['v2', 'v3']) await code.upgrade(roomFile(file))
  await code.softPurge('2.0.0')
  const error = await expectUntouched(rooms, () => code.rollBack())
  expect(error).toMatchObject({ code: 'NO_MIGRATION', from: '3.0.0', to: '1.0.0' })
  await code.load(roomFile('v2'))
  await code.rollBack()
  expect(code.version.version).toBe('1.0.0')
  await expectNoOthers(rooms)
})

test('a roll back after a canary takes the canary along', async () => {
  const rooms = await open(2)
  const { code, refs } = rooms
  await code.upgrade(roomFile('v2'))
  await code.upgrade(roomFile('v3'), { only: 0.5 })
  const report = await code.rollBack()
  expect(report.processes).toHaveLength(2)
  expect(labelsOf(refs)).toEqual(['1.0.0', '1.0.0'])
  expect(await statesOf(code)).toEqual({
    '1.0.0': 'current',
    '2.0.0': 'retired',
    '3.0.0': 'loaded',
  })
  await expectNoOthers(rooms)
})

test('a roll back after a downgrade goes further back, not forward again', async () => {
  const { code, refs } = await open(1)
  for (const file of ['v2', 'v3']) await code.upgrade(roomFile(file))
  await code.downgrade('2.0.0')
  await code.rollBack()
  expect(labelsOf(refs)).toEqual(['1.0.0'])
  await expect(code.rollBack()).rejects.toMatchObject({ code: 'NO_PREVIOUS_VERSION' })
})

test('a roll back that fails leaves all as they were, and can be made again', async () => {
  const rooms = await open(2)
  const { code } = rooms
  await code.upgrade(roomFile('v2'))
  const extra = { in: '2.0.0', by: 'throw' }
  const error = await expectUntouched(rooms, () => code.rollBack({ extra }))
  expect(error).toMatchObject({ code: 'DOWNGRADE_FAILED', phase: 'suspend' })
  expect(code.version.version).toBe('2.0.0')
  await code.rollBack()
  expect(code.version.version).toBe('1.0.0')
  await expectNoOthers(rooms)
})
