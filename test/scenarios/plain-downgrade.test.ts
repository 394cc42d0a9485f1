import { expect, test } from 'vitest'
import { silentLogger } from '../support/runtime.ts'
import { world } from './contract-programs.ts'
import type { Program } from './contract-programs.ts'
import { TestGates } from './gates.ts'
import { applyBoth, change, copied, expectLike, plain, plainFiles, plainProcess } from './plain.ts'

test('one that has to go on once more goes as a whole, and the report says so', async () => {
  const gates = new TestGates()
  const { code, ...large } = await plain(3_000, '2.0.0', { services: gates.services })
  const other = await plainProcess(code, 1)
  await code.load(plainFiles['1.0.0'])
  const asked = other.ref.call('ask', ['gate', large.ref.id])
  await gates.reached('gate')
  const downgrade = code.downgrade('1.0.0', { mode: 'atomic', maxStallMs: 60_000 })
  await expect.poll(async () => (await large.ref.inspect()).lifecycle).toBe('suspended')
  gates.open('gate')
  await asked
  const report = await downgrade
  expect(report.processes.find(({ id }) => id === large.ref.id)?.copied).toMatchObject({
    way: 'whole',
    why: expect.stringContaining('earlier attempt') as unknown,
  })
  change(large, 1 / 2)
  await expectLike(large)
})

test('a large state goes ahead for a downgrade with a budget', async () => {
  const world = await plain(3_000, '2.0.0', { logger: silentLogger })
  await world.code.load(plainFiles['1.0.0'])
  const refused = world.code.downgrade('1.0.0', { maxPauseMs: 0 })
  await expect(refused).rejects.toMatchObject({ code: 'PAUSE_TOO_LONG', phase: 'copy' })
  await applyBoth(world, [['set', 'new', 2]])
  const report = await world.code.downgrade('1.0.0', { maxPauseMs: 60_000 })
  expect(copied(report)).toMatchObject({ way: 'objects' })
  expect(report.budget?.estimatedMs).toBeGreaterThan(0.5)
  change(world, 1 / 2)
  await expectLike(world)
})

test('a downgrade over a version between is measured, and no hop is given what it does not know', async () => {
  const { runtime, file } = await world([
    {},
    { fields: "downgrade: { '1': ({ b }) => ({ log: b.log }) }" },
    { fields: "init: () => ({ c: { log: ['3'] } }), downgrade: { '2': ({ c }) => ({ b: c }) }" },
  ])
  const code = await runtime.load<Program>(file(3), { name: 'three' })
  await code.load(file(2))
  await code.load(file(1))
  const ref = await code.spawn()
  const report = await code.downgrade('1', { maxPauseMs: 60_000 })
  expect(report.processes[0]?.parts.passMs).toBeGreaterThan(0)
  expect(await ref.call('log')).toEqual(['3'])
})
