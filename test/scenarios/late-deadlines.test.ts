// @module-tag once
import { expect, test } from 'vitest'
import type { UpgradeOptions } from 'moult'
import { rejection, world } from './contract-programs.ts'
import type { Program } from './contract-programs.ts'

/** Holds its thread, without a processor. */
const held = '() => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0) }'

const cases: readonly (readonly [isolates: 'per-process' | number, UpgradeOptions])[] = [
  ['per-process', {}],
  [1, { mode: 'atomic' }],
  [1, { mode: 'rolling' }],
  [1, { mode: 'rolling', rehearse: false }],
]

test.each(cases)(
  'a deadline is told before the thread that missed it has gone: %s, %o',
  async (isolates, options) => {
    const fields = `codeChange: { '1': ${held} },`
    const { runtime, file } = await world([{}, { fields }], { exitGraceMs: 4000 })
    const code = await runtime.load<Program>(file(1), { name: 'own', isolates })
    const ref = await code.spawn({ name: 'first' })
    await ref.call('number', 1)
    const before = runtime.isolates
    const late = await rejection(code.upgrade(file(2), { ...options, codeChangeTimeoutMs: 100 }))
    expect(late).toMatchObject({ code: 'CODE_CHANGE_TIMEOUT', process: 'first' })
    expect(runtime.isolates).toBeGreaterThan(before)
    expect(await ref.call('log')).toEqual(['1:1'])
    await expect.poll(() => runtime.isolates).toBe(before)
  },
)
