// @module-tag once
import { expect, test } from 'vitest'
import type { IsolateControl } from '../../../../src/protocol/wire/control.ts'
import type { HandOverOptions } from '../../../../src/upgrade/limits/hand-over-options.ts'
import { UpgradeWorld } from '../upgrade-world.ts'

const MB = 2 ** 20

/** What the threads are asked, beside what moves the process, before it stands still. */
async function asked(state: object, some: Partial<HandOverOptions> = {}): Promise<string[]> {
  const world = new UpgradeWorld()
  const { handOver } = await world.one(state, some)
  const told: string[] = []
  for (const { isolate } of world.threads) {
    const { ahead } = isolate.control
    const answers: Partial<IsolateControl> = {
      ahead: (slot) => {
        told.push('ahead')
        return ahead?.(slot) ?? { tables: [], isLarge: false, largeBuffers: [] }
      },
      largeBuffers: () => {
        told.push('largeBuffers')
        return [2 * MB]
      },
      allocateBuffers: (sizes) => {
        told.push(`allocate ${String(sizes)}`)
        return Promise.resolve(sizes.map((bytes) => new ArrayBuffer(bytes)))
      },
      lendBuffers: (_slot, lent) => void told.push(`lend ${lent.length}`),
    }
    Object.assign(isolate.control, answers)
  }
  await world.settle(handOver.rehearse())
  for (const phase of ['audit', 'copy'] as const) {
    const done = handOver[phase]()
    if (done !== undefined) await world.settle(done)
  }
  await world.settle(handOver.rollBack())
  return told
}

test('a thread is asked once what goes ahead of a state, and for which buffers memory is needed', async () => {
  expect(await asked({})).toEqual(['ahead'])
})

test('memory for large buffers is got ready for the dry run, and for the state', async () => {
  const ready = [`allocate ${2 * MB}`, 'lend 1']
  const state = { bytes: new Uint8Array(2 * MB) }
  expect(await asked(state)).toEqual(['ahead', ...ready, ...ready])
  expect(await asked(state, { copy: 'whole' })).toEqual([
    'largeBuffers',
    ...ready,
    'largeBuffers',
    ...ready,
  ])
})
