// @module-tag once
import type { Runtime } from 'moult'
import { expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { rejection } from './contract-programs.ts'
import { TestGates } from './gates.ts'

interface Counter {
  readonly version: string
  readonly init: () => { count: number }
  readonly calls: { readonly add: () => number; readonly extra: () => string }
}

const definition = (version: string, fields = '', calls = ''): string => `export default {
  version: '${version}',
  init: () => ({ count: 0 }),
  calls: { add: (state) => ++state.count, ${calls} },
  ${fields}
}`

const files = {
  'v1.js': definition('1.0.0'),
  'more.js': definition('2.0.0', `codeChange: { '1.0.0': 'unchanged' },`, `extra: () => 'new',`),
  'back.js': definition('2.0.0', `downgrade: { '1.0.0': 'unchanged' },`),
  'own.js': definition(
    '2.0.0',
    `codeChange: { '1.0.0': 'unchanged' },
     downgrade: { '1.0.0': ({ count }) => ({ count: count + 100 }) },`,
  ),
}

async function counter(runtime: Runtime) {
  const root = await newProject(files)
  const code = await runtime.load<Counter>(`${root}/v1.js`)
  const ref = await code.spawn({ name: 'counter' })
  await ref.call('add')
  return { root, code, ref }
}

test.each(['more.js', 'back.js'])(
  'a state that is unchanged one way is so the other way, too: %s',
  async (file) => {
    const { root, code, ref } = await counter(await testRuntime())
    await code.upgrade(`${root}/${file}`)
    expect(await ref.call('add')).toBe(2)
    const { direction } = await code.rollBack()
    expect([direction, ref.version, await ref.call('add')]).toEqual(['downgrade', '1.0.0', 3])
  },
)

test('a function of its own goes first', async () => {
  const { root, code, ref } = await counter(await testRuntime())
  await code.upgrade(`${root}/own.js`)
  await code.rollBack()
  expect(await ref.call('add')).toBe(102)
})

test('a call that was new is gone after a roll back, and a downgrade asks first', async () => {
  const { root, code, ref } = await counter(await testRuntime())
  await code.upgrade(`${root}/more.js`)
  await expect(code.downgrade('1.0.0')).rejects.toMatchObject({ code: 'CALLS_REMOVED' })
  await expect(code.rollBack({ allowRemoved: false })).rejects.toMatchObject({
    code: 'CALLS_REMOVED',
  })
  expect(await ref.call('extra')).toBe('new')
  await code.rollBack()
  await expect(ref.call('extra')).rejects.toMatchObject({ code: 'UNKNOWN_CALL' })
})

test('a roll back while an upgrade is under way says so', async () => {
  const gates = new TestGates()
  const faultPoint = (phase: string): Promise<void> | undefined =>
    phase === 'suspend' ? gates.pass('suspend') : undefined
  const { root, code, ref } = await counter(await testRuntime({ faultPoint }))
  const upgrading = code.upgrade(`${root}/more.js`)
  await gates.reached('suspend')
  expect(await rejection(code.rollBack())).toMatchObject({ code: 'UPGRADE_IN_PROGRESS' })
  gates.open('suspend')
  await upgrading
  expect(ref.version).toBe('2.0.0')
})
