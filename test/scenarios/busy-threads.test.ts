// @module-tag once
import { expect, test } from 'vitest'
import type { Code, ProcessRef } from 'moult'
import { rejection, world } from './contract-programs.ts'
import type { Program } from './contract-programs.ts'

/** Holds its thread until the shared word is set. */
const hold = 'hold: (_state, word) => { Atomics.wait(new Int32Array(word), 0, 0) },'

interface Held extends Program {
  readonly calls: Program['calls'] & {
    readonly hold: (state: object, word: SharedArrayBuffer) => void
  }
}

interface Target {
  readonly code: Code<Held>
  readonly ref: ProcessRef<Held>
  readonly file: string
}

interface Options {
  readonly suspendTimeoutMs: number
  readonly rehearse: boolean
}

const ways = {
  atomic: ({ code, file }: Target, options: Options) =>
    code.upgrade(file, { ...options, mode: 'atomic' }),
  rolling: ({ code, file }: Target, options: Options) =>
    code.upgrade(file, { ...options, mode: 'rolling' }),
  'ref.upgrade': ({ ref, file }: Target, options: Options) => ref.upgrade(file, options),
  rollBack: ({ code }: Target, { suspendTimeoutMs }: Options) =>
    code.rollBack({ suspendTimeoutMs }),
}

const cases: readonly (readonly ['per-process' | number, boolean, keyof typeof ways])[] = [
  ['per-process', true, 'atomic'],
  ['per-process', false, 'ref.upgrade'],
  ['per-process', true, 'rolling'],
  ['per-process', false, 'rollBack'],
  [1, false, 'atomic'],
  [1, true, 'ref.upgrade'],
  [1, true, 'rolling'],
  [1, false, 'rolling'],
  [1, true, 'rollBack'],
]

test.each(cases)(
  'a handler that holds its thread fails an upgrade, and nothing else (%s, dry run: %s, %s)',
  async (isolates, rehearse, way) => {
    const step = "'1': (state) => ({ ...state })"
    const fields = `codeChange: { ${step} }, downgrade: { ${step} },`
    const { runtime, file } = await world([{ calls: hold }, { fields, calls: hold }])
    const code = await runtime.load<Held>(file(1), { name: 'own', isolates })
    const ref = await code.spawn({ name: 'first' })
    await code.spawn({ name: 'second' })
    if (way === 'rollBack') await code.upgrade(file(2), { rehearse: false })
    const before = ref.version
    const word = new SharedArrayBuffer(4)
    const holding = ref.call('hold', word)
    const behind = ref.call('number', 1)
    const target = { code, ref, file: file(2) }
    const late = await rejection(ways[way](target, { suspendTimeoutMs: 100, rehearse }))
    expect(late).toMatchObject({ code: 'SUSPEND_TIMEOUT' })
    expect(ref.version).toBe(before)
    Atomics.store(new Int32Array(word), 0, 1)
    Atomics.notify(new Int32Array(word), 0)
    await holding
    expect(await behind).toBe(1)
    const { processes } = await ways[way](target, { suspendTimeoutMs: 30_000, rehearse })
    expect(processes.map(({ name }) => name)).toContain('first')
    expect(await ref.call('log')).toEqual([`${before}:1`])
  },
)
