// @module-tag once
import type { Phase } from 'moult'
import { expect, test } from 'vitest'
import { world } from './contract-programs.ts'
import { TestGates } from './gates.ts'

const unchanged = (from: number): string => `codeChange: { '${from}': 'unchanged' },`
const two = { fields: unchanged(1) }

test('what asks for a newer version while it is stopped for a purge still handles what it had accepted', async () => {
  const { code, file, gates } = await world([{}, two, { fields: unchanged(2) }])
  const process = await code.spawn({ version: '1' })
  await code.upgrade(file(2))
  await code.load(file(3))
  const accepted = [process.call('wait', 'gate'), process.call('step', 'step'), process.call('log')]
  await gates.reached('gate')
  const purged = code.purge('1', { timeoutMs: 60_000 })
  gates.open('gate')
  expect(await Promise.all(accepted)).toEqual([undefined, '1', ['1:step']])
  await purged
})

test('what waits for an upgrade of others before it steps over itself can be stopped meanwhile', async () => {
  const gates = new TestGates()
  const faultPoint = (phase: Phase): unknown => (phase === 'open' ? gates.pass('open') : undefined)
  const options = { faultPoint: faultPoint as (phase: Phase) => Promise<void> }
  const { code, file } = await world([{}, two], options, gates)
  await code.spawn()
  const process = await code.spawn({ version: '1' })
  const upgraded = code.upgrade(file(2))
  await gates.reached('open')
  const accepted = [process.call('step', 'step'), process.call('log')]
  await accepted[0]
  await process.stop({ timeoutMs: 60_000 })
  expect(await accepted[1]).toEqual(['1:step'])
  gates.open('open')
  expect((await upgraded).processes).toHaveLength(1)
})
