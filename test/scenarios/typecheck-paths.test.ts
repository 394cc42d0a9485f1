// @module-tag once
import path from 'node:path'
import { defineProcess } from 'moult'
import type { Code, ProcessRef, Runtime } from 'moult'
import { expect, onTestFinished, test } from 'vitest'
import { lean, newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'
import { refusalOf } from './refusal.ts'

const definition = (
  version: string,
  fields: string,
): string => `import { defineProcess } from 'moult'
export default defineProcess({
  version: '${version}',
${fields}
})
`

const get = `  calls: { get: (state) => JSON.stringify(state) },`
const first = definition('1.0.0', `  init: () => ({ count: 0 }),\n${get}`)
const second = (count: string): string =>
  definition(
    '2.0.0',
    `  init: () => ({ total: 0 }),
  codeChange: { '1.0.0': (old: { count: ${count} }) => ({ total: Number(old.count) }) },
${get}`,
  )
const third = definition(
  '3.0.0',
  `  init: () => ({ sum: 0 }),
  codeChange: { '2.0.0': (old: { total: number }) => ({ sum: old.total }) },
${get}`,
)

/** What callers know of all the programs. */
export const shape = defineProcess({
  version: '1.0.0',
  init: () => ({}),
  calls: { get: () => '', add: (_state, by: string) => by },
})
type Shape = typeof shape

interface Running {
  readonly root: string
  readonly runtime: Runtime
  readonly code: Code<Shape>
  readonly ref: ProcessRef<Shape>
  readonly file: (name: string) => string
}

/** A process of the first version in a new project. */
async function running(files: Record<string, string>, entry = 'v1.ts'): Promise<Running> {
  const root = await newProject({ ...lean, 'v1.ts': first, 'v3.ts': third, ...files })
  const file = (name: string): string => path.join(root, name)
  const runtime = await testRuntime()
  const code = await runtime.load<Shape>(file(entry))
  return { root, runtime, code, ref: await code.spawn(), file }
}

test('each step of a composed way is checked, from each version that runs', async () => {
  const { code, ref, file } = await running({
    'wrong.ts': second('string'),
    'v2.ts': second('number'),
  })
  await code.load(file('wrong.ts'))
  const error = await refusalOf(code.upgrade(file('v3.ts'), { typecheck: true }))
  const [from, to] = ['1.0.0', '2.0.0']
  const refused = { code: 'TYPES_DO_NOT_FIT', phase: 'typecheck', from, to, line: 5 }
  expect(error).toMatchObject({ ...refused, file: file('wrong.ts') })
  expect(await ref.call('get')).toBe('{"count":0}')

  await code.softPurge('2.0.0')
  const other = await code.spawn()
  const canary = await code.upgrade(file('v2.ts'), { only: 0.5, typecheck: true })
  expect(canary.processes).toHaveLength(1)
  expect(canary.phases.typecheck).toBeGreaterThan(0)
  expect([ref.version, other.version].sort()).toEqual(['1.0.0', '2.0.0'])

  const report = await code.upgrade(file('v3.ts'), { typecheck: true })
  expect(report.processes.map((each) => each.from.version).sort()).toEqual(['1.0.0', '2.0.0'])
  expect(report.phases.typecheck).toBeGreaterThan(0)
  expect(await Promise.all([ref.call('get'), other.call('get')])).toEqual(
    Array<string>(2).fill('{"sum":0}'),
  )
})

test('the whole of a composed way is checked, for callers see no step between', async () => {
  const call = (by: string, body: string): string =>
    get.replace(' },', `, add: (state, by: ${by}) => ${body} },`)
  const step = (version: string, from: string, calls: string): string =>
    definition(
      version,
      `  init: () => ({ n: 0 }),\n  codeChange: { '${from}': 'unchanged' },\n${calls}`,
    )
  const { code, ref, file } = await running({
    'v1.ts': definition(
      '1.0.0',
      `  init: () => ({ n: 0 }),\n${call('string', '`${state.n}${by}`')}`,
    ),
    // Without the call, so that neither of the two steps says anything.
    'v2.ts': step('2.0.0', '1.0.0', get),
    'takes.ts': step('3.0.0', '2.0.0', call('number', '`${state.n + by}`')),
    'returns.ts': step('3.0.0', '2.0.0', call('string', 'state.n + Number(by)')),
    'fits.ts': step('3.0.0', '2.0.0', call('string | number', '`${state.n}${by}` as const')),
  })
  await code.load(file('v2.ts'))
  const options = { typecheck: true, allowRemoved: true }
  for (const name of ['takes.ts', 'returns.ts']) {
    const error = await refusalOf(code.upgrade(file(name), options))
    const expected = { code: 'TYPES_DO_NOT_FIT', from: '1.0.0', to: '3.0.0', file: file(name) }
    expect(error).toMatchObject({ ...expected, line: 6 })
    expect(ref.version).toBe('1.0.0')
  }
  await code.upgrade(file('fits.ts'), options)
  expect(await ref.call('add', 'x')).toBe('0x')
})

test('definitions in JavaScript are checked by what can be seen of their types', async () => {
  const { code, ref, file } = await running(
    {
      'v1.js': first,
      'wrong.js': second('x').replace(': { count: x }', ''),
      'v2.js': second('x').replace('(old: { count: x })', '(/** @type {{ count: number }} */ old)'),
    },
    'v1.js',
  )
  const error = await refusalOf(code.upgrade(file('wrong.js'), { typecheck: true }))
  expect(error).toMatchObject({ code: 'TYPES_DO_NOT_FIT', file: file('wrong.js'), line: 5 })
  await code.upgrade(file('v2.js'), { typecheck: true })
  expect(await ref.call('get')).toBe('{"total":0}')
})

test('without a TypeScript that can be asked nothing is suspended', async () => {
  const { code, ref, file } = await running({
    'v2.ts': second('number'),
    'node_modules/typescript/package.json': '{ "main": "index.js" }',
    'node_modules/typescript/index.js': `exports.version = '5.3.3'`,
  })
  const error = await refusalOf(code.upgrade(file('v2.ts'), { typecheck: true }))
  expect(error).toMatchObject({ code: 'TYPESCRIPT_MISSING', phase: 'typecheck' })
  expect(error.received).toContain('typescript 5.3.3')
  expect(await ref.call('get')).toBe('{"count":0}')
  const { phases } = await code.upgrade(file('v2.ts'))
  expect(phases.typecheck).toBe(0)
})

/** A TypeScript that says when it is imported, and never comes to an end. */
const endless = `
new (require('node:worker_threads').BroadcastChannel)(__dirname).postMessage('imported')
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
`

test('a check that runs is given up by the signal, and by the close', async () => {
  const { runtime, code, ref, file, root } = await running({
    'v2.ts': second('number'),
    'node_modules/typescript/package.json': '{ "main": "index.js" }',
    'node_modules/typescript/index.js': endless,
  })
  const channel = new BroadcastChannel(path.join(root, 'node_modules/typescript'))
  onTestFinished(() => channel.close())
  const imported = new Promise((resolve) => channel.addEventListener('message', resolve))
  const abort = new AbortController()
  const { signal } = abort
  const aborted = refusalOf(code.upgrade(file('v2.ts'), { typecheck: true, signal }))
  await imported
  abort.abort()
  expect(await aborted).toMatchObject({ code: 'UPGRADE_ABORTED', phase: 'typecheck' })
  expect(await ref.call('get')).toBe('{"count":0}')

  const closed = refusalOf(code.upgrade(file('v2.ts'), { typecheck: true }))
  await runtime.close()
  expect(await closed).toMatchObject({ code: 'RUNTIME_CLOSED' })
})
