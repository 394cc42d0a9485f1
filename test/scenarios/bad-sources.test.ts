// @module-tag once
import { execFile } from 'node:child_process'
import { chmod, mkdir, rm, symlink } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { MoultError } from 'moult'
import { expect, test } from 'vitest'
import { newProject, writeFiles } from '../support/project.ts'
import { ownRuntime, testRuntime } from '../support/runtime.ts'
import type { Loose } from './image-program.ts'

const first = `export default { version: '1.0.0', init: () => ({}), calls: { said: () => 'one' } }\n`
const next = (imports: string, said: string): string => `${imports}
export default {
  version: '2.0.0',
  init: () => ({}),
  codeChange: { '1.0.0': 'unchanged' },
  calls: { said: () => ${said} },
}
`

/** A pipe: whoever reads from it waits. */
async function pipe(file: string): Promise<void> {
  await promisify(execFile)('mkfifo', [file])
}

interface Bad {
  readonly what: string
  readonly files: Record<string, string>
  /** What cannot be written as a text. */
  readonly make?: (root: string) => Promise<unknown>
  /** Where the error says it is, in the project. */
  readonly file: string
  readonly expected: object
}

const unresolved = { code: 'UNRESOLVED_IMPORT', line: 2, column: 8 }
const importing = "const a = 1\nimport './lib/bad.ts'"

const bads: readonly Bad[] = [
  {
    what: 'a module that an import leads to throws',
    files: {
      'next.ts': next("import { deep } from './lib/one.ts'", 'deep'),
      'lib/one.ts': "import './two.ts'\nexport const deep = 1\n",
      'lib/two.ts': "type Unused = 1\n\nconst text = 'deep down'\nthrow new RangeError(text)\n",
    },
    file: 'lib/two.ts',
    expected: {
      code: 'LOAD_FAILED',
      line: 4,
      cause: { name: 'RangeError', message: 'deep down' },
    },
  },
  {
    what: 'what a module throws is no error',
    files: { 'next.ts': next('throw null', '1') },
    file: 'next.ts',
    expected: { code: 'LOAD_FAILED', cause: null },
  },
  {
    what: 'a cycle of imports needs what is not there yet',
    files: {
      'next.ts': next("import { one } from './lib/one.ts'", 'one'),
      'lib/one.ts': "import { two } from './two.ts'\nexport class One {}\nexport const one = two\n",
      'lib/two.ts': "import { One } from './one.ts'\n\nexport const two = new One()\n",
    },
    file: 'lib/two.ts',
    expected: { code: 'LOAD_FAILED', line: 3, cause: { name: 'TypeError' } },
  },
  {
    what: 'a top-level await in an imported file never ends',
    files: {
      'next.ts': next("import { never } from './lib/never.ts'", 'never'),
      'lib/never.ts': 'export const never = await new Promise(() => undefined)\n',
    },
    file: 'next.ts',
    expected: { code: 'LOAD_TIMEOUT' },
  },
  {
    what: 'an import is a folder of a file’s name',
    files: { 'next.ts': next(importing, '1') },
    make: (root) => mkdir(path.join(root, 'lib/bad.ts'), { recursive: true }),
    file: 'next.ts',
    expected: unresolved,
  },
  {
    what: 'an import is a link to nowhere',
    files: { 'next.ts': next(importing, '1'), 'lib/other.ts': '' },
    make: (root) => symlink('nowhere.ts', path.join(root, 'lib/bad.ts')),
    file: 'next.ts',
    expected: unresolved,
  },
  {
    what: 'an import is a link to itself',
    files: { 'next.ts': next(importing, '1'), 'lib/other.ts': '' },
    make: (root) => symlink('bad.ts', path.join(root, 'lib/bad.ts')),
    file: 'next.ts',
    expected: unresolved,
  },
  {
    what: 'an import is a pipe that nobody writes to',
    files: { 'next.ts': next(importing, '1'), 'lib/other.ts': '' },
    make: (root) => pipe(path.join(root, 'lib/bad.ts')),
    file: 'next.ts',
    expected: { ...unresolved, message: expect.stringContaining('no file') as string },
  },
  {
    what: 'an import of another kind is a pipe that nobody writes to',
    files: { 'next.ts': next("const a = 1\nimport './a.txt'", '1') },
    make: (root) => pipe(path.join(root, 'a.txt')),
    file: 'next.ts',
    expected: unresolved,
  },
  {
    what: 'a package does not export what is imported',
    files: {
      'next.ts': next("const a = 1\nimport 'closed/inner.js'", '1'),
      'node_modules/closed/package.json': '{ "name": "closed", "exports": "./index.js" }',
      'node_modules/closed/index.js': '',
      'node_modules/closed/inner.js': '',
    },
    file: 'next.ts',
    expected: unresolved,
  },
  {
    what: 'a dependency of a dependency is missing',
    files: {
      'next.ts': next("import 'outer'", '1'),
      'node_modules/outer/package.json': '{ "name": "outer" }',
      'node_modules/outer/index.js': "import 'inner-one'\n",
    },
    file: 'node_modules/outer/index.js',
    expected: { code: 'UNRESOLVED_IMPORT', line: 1, column: 8 },
  },
  {
    what: 'a file does not export what is imported',
    files: { 'next.ts': next("import { b } from './lib/a.ts'", 'b'), 'lib/a.ts': 'export {}\n' },
    file: 'next.ts',
    expected: { code: 'UNRESOLVED_IMPORT', line: 1, column: 10 },
  },
  {
    what: 'JSON is none',
    files: { 'next.ts': next("import a from './a.json'", 'a'), 'a.json': '{\n  "a": oops\n}\n' },
    file: 'a.json',
    expected: { code: 'SYNTAX_ERROR', line: 2, column: 8 },
  },
  {
    what: 'an imported file is binary',
    files: { 'next.ts': next(importing, '1'), 'lib/bad.ts': '\u0000\u0001\ufffd' },
    file: 'lib/bad.ts',
    expected: { code: 'SYNTAX_ERROR', line: 1, column: 1 },
  },
  {
    what: 'an import is of no kind that can be loaded',
    files: { 'next.ts': next("const a = 1\nimport './a.png'", '1'), 'a.png': 'picture' },
    file: 'next.ts',
    expected: { code: 'SYNTAX_ERROR', line: 2, column: 8 },
  },
  {
    what: 'the package.json of the project is half-written',
    files: { 'next.ts': next("import './lib/one.ts'", '1'), 'lib/one.ts': '' },
    make: (root) => writeFiles(root, { 'package.json': '{ "name": "a' }),
    file: 'package.json',
    expected: { code: 'SYNTAX_ERROR', line: 1 },
  },
  {
    what: 'the label is in use for other bytes',
    files: { 'next.ts': first.replace("'one'", "'another one'") },
    file: 'next.ts',
    expected: { code: 'VERSION_CONFLICT', version: '1.0.0' },
  },
]

test.each(bads)(
  'when $what, an upgrade is refused with the place, and what runs goes on',
  { tags: ['once'] },
  async ({ files, make, file, expected }) => {
    const root = await newProject({ 'first.ts': first, ...files })
    // A limit for imports alone: the bundling thread is shared, and has none.
    const limit =
      'code' in expected && expected.code === 'LOAD_TIMEOUT' ? { loadTimeoutMs: 2000 } : {}
    const runtime = await testRuntime({ exitGraceMs: 100, ...limit })
    const code = await runtime.load<Loose>(path.join(root, 'first.ts'))
    const ref = await code.spawn()
    await make?.(root)
    const upgrade = code.upgrade(path.join(root, 'next.ts'))
    const error: unknown = await upgrade.catch((each: unknown) => each)
    expect(error).toBeInstanceOf(MoultError)
    expect(error).toMatchObject({ file: path.join(root, file), ...expected })
    expect(code.version.version).toBe('1.0.0')
    expect(await ref.call('said')).toBe('one')
  },
)

test.runIf(process.getuid?.() !== 0)('an import that may not be read is refused', async () => {
  const root = await newProject({ 'next.ts': next(importing, '1'), 'lib/bad.ts': '' })
  await chmod(path.join(root, 'lib/bad.ts'), 0)
  const runtime = await testRuntime({ warmSpares: 0 })
  const load = runtime.load(path.join(root, 'next.ts'))
  const message = expect.stringContaining('bad.ts') as string
  await expect(load).rejects.toMatchObject({ code: 'UNRESOLVED_IMPORT', message })
})

test.each<[string, (file: string) => Promise<unknown>]>([
  ['a link to nowhere', (file) => symlink('nowhere.ts', file)],
  ['a link to itself', (file) => symlink(path.basename(file), file)],
  ['a link to a folder', (file) => symlink('.', file)],
])('a file to load that is %s is refused', async (_what, make) => {
  const root = await newProject({})
  const file = path.join(root, 'main.ts')
  await make(file)
  const runtime = await testRuntime({ warmSpares: 0 })
  await expect(runtime.load(file)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', file })
})

/** A program with a package whose package.json is a pipe: esbuild waits for it for ever. */
async function stalledProgram(): Promise<string> {
  const root = await newProject({
    'main.ts': next("import 'stalled'", '1'),
    'types.ts': '',
    'node_modules/stalled/index.js': '',
  })
  await pipe(path.join(root, 'node_modules/stalled/package.json'))
  return path.join(root, 'main.ts')
}

test('a disk that does not answer fails what needs it, in time and with its name, and nothing else', async () => {
  const file = await stalledProgram()
  const root = await newProject({ 'main.ts': first })
  // What is healthy has its time on a busy machine, too.
  const runtime = await ownRuntime({ loadTimeoutMs: 10_000 })
  const refused = runtime.load(file).catch((error: unknown) => error)
  const ref = await (await runtime.load<Loose>(path.join(root, 'main.ts'))).spawn()
  expect(await refused).toMatchObject({ code: 'LOAD_TIMEOUT', file })
  expect(await ref.call('said')).toBe('one')
  await writeFiles(root, { 'main.ts': next('', "'two'") })
  expect(
    await (await (await runtime.load<Loose>(path.join(root, 'main.ts'))).spawn()).call('said'),
  ).toBe('two')
})

test('close() waits for no disk that does not answer', async () => {
  const file = await stalledProgram()
  const runtime = await ownRuntime({ loadTimeoutMs: Infinity })
  const refused = runtime.load(file).catch((error: unknown) => error)
  // By then the bundling thread has begun: it has laid another program out.
  await runtime.load(path.join(await newProject({ 'main.ts': first }), 'main.ts'))
  await runtime.close()
  expect(await refused).toMatchObject({ code: 'RUNTIME_CLOSED' })
})

test('cyclic imports work where nothing is used before it is there', async () => {
  const root = await newProject({
    'main.ts': next("import { even } from './even.ts'", 'even(10)'),
    'even.ts': `import { odd } from './odd.ts'
import { even as own } from './even.ts'
export const even = (n: number): boolean => n === 0 || odd(n - 1)
export const self = () => own
`,
    'odd.ts': `import { even } from './even.ts'
export const odd = (n: number): boolean => n !== 0 && even(n - 1)
`,
  })
  const runtime = await testRuntime({ warmSpares: 0 })
  const code = await runtime.load<Loose>(path.join(root, 'main.ts'))
  expect(await (await code.spawn()).call('said')).toBe(true)
})

test('files outside the project are part of the version as they were', async () => {
  const root = await newProject({
    'deep/app/package.json': '{}',
    'deep/app/main.ts': next("import { shared } from '../../shared/one.ts'", 'shared()'),
    'shared/one.ts': 'export const shared = () => new Error(__filename).stack\n',
  })
  const runtime = await testRuntime({ warmSpares: 0 })
  const code = await runtime.load<Loose>(path.join(root, 'deep/app/main.ts'))
  await rm(path.join(root, 'shared'), { recursive: true })
  const [message, frame] = String(await (await code.spawn()).call('said')).split('\n')
  const file = path.join(root, 'shared/one.ts')
  expect(message).toBe(`Error: ${file}`)
  expect(frame).toContain(`${file}:1:`)
})
