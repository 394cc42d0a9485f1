import { afterEach, expect, test, vi } from 'vitest'
import { newProject, temporaryFolder } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'

const source = (version: string): string => `
const atImport = process.env.MOULT_TEST ?? 'unset'
export default {
  version: '${version}',
  codeChange: { '1': 'unchanged' },
  downgrade: { '1': (state) => state },
  init: () => ({}),
  calls: {
    read: () => [atImport, process.env.MOULT_TEST ?? 'unset', process.env.MOULT_OTHER ?? 'unset'],
    write: (_state, value) => { process.env.MOULT_TEST = value },
    cwd: () => process.cwd(),
    die: () => process.exit(3),
  },
}
`

interface Program {
  readonly version: string
  readonly init: () => object
  readonly calls: {
    readonly read: (state: object) => string[]
    readonly write: (state: object, value: string) => void
    readonly cwd: (state: object) => string
    readonly die: (state: object) => void
  }
}

afterEach(() => void vi.unstubAllEnvs())

test.each(['per-process', 2] as const)(
  'all threads of a version have the environment of its load, whether they were started before or later (isolates: %s)',
  async (isolates) => {
    vi.stubEnv('MOULT_OTHER', 'to be removed')
    const root = await newProject({ 'v1.js': source('1'), 'v2.js': source('2') })
    const runtime = await testRuntime({ warmSpares: 2 })
    await expect.poll(() => runtime.isolates).toBe(2)
    vi.stubEnv('MOULT_TEST', 'at the load')
    vi.stubEnv('MOULT_OTHER', undefined)
    const code = await runtime.load<Program>(`${root}/v1.js`, { isolates })
    const first = await code.spawn()
    vi.stubEnv('MOULT_TEST', 'later')
    vi.stubEnv('MOULT_OTHER', 'set')
    const refs = [first, await code.spawn(), await code.spawn(), await code.spawn()]
    const then = ['at the load', 'at the load', 'unset']
    for (const ref of refs) expect(await ref.call('read')).toEqual(then)
    await refs[1]!.call('die').catch(() => undefined)
    expect(await refs[1]!.call('read')).toEqual(then)
    await code.upgrade(`${root}/v2.js`)
    for (const ref of refs) expect(await ref.call('read')).toEqual(['later', 'later', 'set'])
    await code.downgrade('1')
    for (const ref of refs) expect(await ref.call('read')).toEqual(then)
  },
)

test('an environment that cannot be read refuses what needs a thread, and nothing else', async () => {
  const root = await newProject({ 'v1.js': source('1'), 'v2.js': source('2') })
  const runtime = await testRuntime()
  const code = await runtime.load<Program>(`${root}/v1.js`)
  const ref = await code.spawn()
  const { env } = process
  const cause = new RangeError('not to be read')
  process.env = new Proxy(env, {
    get: () => {
      throw cause
    },
  })
  const refused = { code: 'ISOLATE_START_FAILED', path: 'process.env', cause }
  try {
    await expect(runtime.load(`${root}/v2.js`)).rejects.toMatchObject(refused)
    await expect(code.upgrade(`${root}/v2.js`)).rejects.toMatchObject({ ...refused, phase: 'load' })
    expect(await ref.call('cwd')).toBe(process.cwd())
  } finally {
    process.env = env
  }
  await code.upgrade(`${root}/v2.js`)
  expect(await ref.call('cwd')).toBe(process.cwd())
})

test('a thread changes its own environment only', async () => {
  const root = await newProject({ 'v1.js': source('1') })
  const runtime = await testRuntime()
  vi.stubEnv('MOULT_TEST', 'given')
  const code = await runtime.load<Program>(`${root}/v1.js`)
  const [one, two] = [await code.spawn(), await code.spawn()]
  await one.call('write', 'mine')
  expect(await one.call('read')).toEqual(['given', 'mine', 'unset'])
  expect(await two.call('read')).toEqual(['given', 'given', 'unset'])
  expect(process.env['MOULT_TEST']).toBe('given')
})

test('the working folder is that of Node, now', async () => {
  const root = await newProject({ 'v1.js': source('1') })
  const runtime = await testRuntime()
  const code = await runtime.load<Program>(`${root}/v1.js`)
  const ref = await code.spawn()
  const before = process.cwd()
  expect(await ref.call('cwd')).toBe(before)
  const folder = await temporaryFolder()
  try {
    process.chdir(folder)
    expect(await ref.call('cwd')).toBe(folder)
  } finally {
    process.chdir(before)
  }
})
