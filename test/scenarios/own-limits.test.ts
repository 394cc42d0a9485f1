import path from 'node:path'
import type { LoadOptions } from 'moult'
import { expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'

interface Program {
  readonly version: string
  readonly init: () => object
  readonly calls: { readonly limits: (state: object) => object }
}

const source = (version: string): string => `import { resourceLimits } from 'node:worker_threads'
export default {
  version: '${version}',
  init: () => ({}),
  codeChange: { '1': 'unchanged' },
  calls: { limits: () => ({ ...resourceLimits, version: '${version}' }) },
}`

async function world() {
  const root = await newProject({ 'v1.js': source('1'), 'v2.js': source('2') })
  const file = (version: number): string => path.join(root, `v${version}.js`)
  const common = { maxOldGenerationSizeMb: 300, maxYoungGenerationSizeMb: 20 }
  const runtime = await testRuntime({ resourceLimits: common })
  const load = (options: LoadOptions) => runtime.load<Program>(file(1), options)
  return { runtime, file, load }
}

const own = { maxOldGenerationSizeMb: 64 }

test.each(['per-process', 1] as const)(
  'a code may have limits of its own, which its threads keep in upgrades (isolates: %s)',
  async (isolates) => {
    const { runtime, file, load } = await world()
    const code = await load({ name: 'limited', isolates, resourceLimits: own })
    const other = await load({ name: 'other' })
    const [limited, common] = [await code.spawn(), await other.spawn()]
    const expected = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 20 }
    expect(await limited.call('limits')).toMatchObject({ ...expected, version: '1' })
    expect(await common.call('limits')).toMatchObject({ maxOldGenerationSizeMb: 300 })
    await code.upgrade(file(2))
    expect(await limited.call('limits')).toMatchObject({ ...expected, version: '2' })
    const later = await code.spawn()
    expect(await later.call('limits')).toMatchObject({ ...expected, version: '2' })
    await code.unload()
    await other.unload()
    expect(runtime.isolates).toBe(0)
  },
)

test('a second load says the same or nothing of them, unless under another name', async () => {
  const { load } = await world()
  const code = await load({ resourceLimits: own })
  expect(await load({})).toBe(code)
  expect(await load({ resourceLimits: { ...own } })).toBe(code)
  const otherwise = rejection(load({ resourceLimits: { maxOldGenerationSizeMb: 65 } }))
  expect(await otherwise).toMatchObject({ code: 'INVALID_OPTION', path: 'resourceLimits' })
  const named = await load({ name: 'named', resourceLimits: { maxOldGenerationSizeMb: 65 } })
  const ref = await named.spawn()
  expect(await ref.call('limits')).toMatchObject({ maxOldGenerationSizeMb: 65 })
})

/** A program that fills its heap, with what no line of Node ends the whole process for. */
const hoarder = `const held = new Map()
export default {
  version: '1',
  init: () => ({ handled: 0 }),
  calls: {
    fill: () => { for (;;) held.set(held.size, { text: 'a' + held.size }) },
    handled: (state) => ++state.handled,
  },
}`

interface Hoarder {
  readonly version: string
  readonly init: () => object
  readonly calls: { readonly fill: () => void; readonly handled: (state: object) => number }
}

test.each(['per-process', 1] as const)(
  'a heap that overflows ends its own isolate, with a code and the limit (isolates: %s)',
  async (isolates) => {
    const root = await newProject({ 'hoarder.js': hoarder })
    const runtime = await testRuntime()
    const load = (name: string, options: LoadOptions) =>
      runtime.load<Hoarder>(path.join(root, 'hoarder.js'), { name, isolates, ...options })
    const limited = await load('limited', { resourceLimits: { maxOldGenerationSizeMb: 24 } })
    const [full, neighbour] = [await limited.spawn(), await limited.spawn()]
    const other = await (await load('other', {})).spawn()
    for (const ref of [full, neighbour, other]) expect(await ref.call('handled')).toBe(1)
    const error = await rejection(full.call('fill'))
    const message: unknown = expect.stringContaining('maxOldGenerationSizeMb: 24')
    expect(error).toMatchObject({ code: 'ISOLATE_EXITED', message })
    expect(await full.call('handled')).toBe(1)
    // One that shares the thread is made anew with it.
    expect(await neighbour.call('handled')).toBe(isolates === 1 ? 1 : 2)
    expect(await other.call('handled')).toBe(2)
  },
)
