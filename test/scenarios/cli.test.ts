import { execFile } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type * as Answers from '../../src/cli/answer.ts'
import { builtModule } from '../support/built-module.ts'
import { installed } from '../support/installed.ts'
import { newProject, temporaryFolder, writeFiles } from '../support/project.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { sharedJobs } from '../support/shared-jobs.ts'

const { answer } = await builtModule<typeof Answers>('src/cli/answer.js')

const waiting = { timeout: 30_000 }
const own = fileURLToPath(new URL('../../', import.meta.url))

interface Ended {
  readonly code: number
  readonly signal: string | null
  readonly out: string
  readonly err: string
  /** What it has left in its folder for temporary files. */
  readonly left: readonly string[]
}

interface Started {
  /** Path of moult's folder. */
  readonly from?: string
  readonly cwd?: string
  /** Is sent as soon as there are images. */
  readonly signal?: NodeJS.Signals
}

/** Runs the built command to its end. */
async function moult(args: readonly string[], started: Started = {}): Promise<Ended> {
  const { from = own, cwd = own, signal: sent } = started
  const tmp = await temporaryFolder()
  const main = path.join(from, 'dist/src/cli/main.js')
  const options = { cwd, env: { ...process.env, TMPDIR: tmp, TEMP: tmp, TMP: tmp, NO_COLOR: '1' } }
  let child: ChildProcess | undefined
  const ending = new Promise<Omit<Ended, 'left'>>((resolve) => {
    child = execFile(process.execPath, [main, ...args], options, (error, out, err) => {
      const { code = 0, signal = null } = error ?? {}
      resolve({ code: Number(code), signal: signal ?? null, out, err })
    })
  })
  if (sent !== undefined) {
    await expect.poll(() => readdir(tmp, { recursive: true }), waiting).not.toEqual([])
    child?.kill(sent)
  }
  return { ...(await ending), left: await readdir(tmp) }
}

/** Where images lie while the command runs in this process. */
let temporary = ''
const before = process.env['TMPDIR']

beforeAll(async () => {
  temporary = await mkdtemp(path.join(tmpdir(), 'moult-test-'))
  process.env['TMPDIR'] = temporary
})

afterAll(async () => {
  if (before === undefined) delete process.env['TMPDIR']
  else process.env['TMPDIR'] = before
  const left = await readdir(temporary)
  await rm(temporary, { recursive: true })
  expect(left).toEqual([])
})

/** What the command answers. It runs in this process, and its threads go on to the next: they load a compiler each. */
async function answered(...args: readonly string[]): Promise<Omit<Ended, 'signal' | 'left'>> {
  const { exitCode, out, err } = await answer(args, sharedJobs())
  const line = (text: string | undefined): string => (text === undefined ? '' : `${text}\n`)
  return { code: exitCode, out: line(out), err: line(err) }
}

const at = (file: string): string => fileURLToPath(fixture(file))
const check = (older: string, newer: string, ...options: string[]): ReturnType<typeof answered> =>
  answered('check', at(older), at(newer), ...options)

describe('moult check', () => {
  test('says that types fit', { tags: ['once'] }, async () => {
    const ended = await moult(['check', at('counter/v1.ts'), at('counter/v2.ts')])
    expect(ended).toEqual({ code: 0, signal: null, out: 'types: all fit\n', err: '', left: [] })
  })

  test('says what was found by a search, and leaves nothing behind', async () => {
    const files = ['search/cart-v1.ts', 'search/cart-throws.ts'].map(at)
    const ended = await moult(['check', ...files, '--search', '--seed', '7'])
    expect(ended).toMatchObject({ code: 1, signal: null, err: '', left: [] })
    expect(ended.out).toMatch(/^the smallest state found: \{ items: \[\] \}$/m)
  })

  test('says on the other stream what cannot be told', async () => {
    const ended = await moult(['check', at('typed/v1.ts'), at('broken/syntax-error.ts')])
    expect(ended).toMatchObject({ code: 2, signal: null, out: '', left: [] })
    expect(ended.err).toMatch(/^moult: SYNTAX_ERROR: .*syntax-error\.ts:5:21: /)
  })
})

describe('moult check, in its words,', { tags: ['once'] }, () => {
  test('says where they do not, as text and as JSON', async () => {
    const files = ['typed/v1.ts', 'typed/wrong-type.ts'] as const
    const [text, json] = await Promise.all([check(...files), check(...files, '--json')])
    expect(text).toMatchObject({ code: 1, err: '' })
    expect(text.out).toMatch(/wrong-type\.ts:12:5: codeChange\['1\.0\.0'\] takes \{ count: string/)
    expect(text.out).toMatch(/^> 12 \| {5}'1\.0\.0': \(old/m)
    expect(json).toMatchObject({ code: 1, err: '' })
    expect(JSON.parse(json.out)).toEqual({
      faults: [expect.objectContaining({ file: at(files[1]), line: 12, column: 5 })],
      refusals: [],
    })
  })

  test('says where functions of records do not', async () => {
    const ended = await check('tables/cities-v1.ts', 'tables/wrong-records.ts')
    expect(ended).toMatchObject({ code: 1, err: '' })
    const [people, title] = ended.out.split('\n\n')
    expect(people).toMatch(
      /wrong-records\.ts:14:9: codeChange\['1\.0\.0'\]\.tables\.cities takes OldCity, but the records of state\.cities in 1\.0\.0 are City: people is string, not number\n/,
    )
    expect(people).toMatch(/^> 14 \| {9}cities: \(city: OldCity\)/m)
    expect(title).toMatch(
      /wrong-records\.ts:20:17: downgrade\['1\.0\.0'\]\.tables\.cities returns \{ title: string; \}, but the records of state\.cities in 1\.0\.0 are City: /,
    )
  })

  test('finds images by their hashes in a store', async () => {
    const directory = path.join(await temporaryFolder(), 'images')
    const runtime = await testRuntime({ store: { directory } })
    const hashes: string[] = []
    for (const file of ['typed/v1.ts', 'typed/wrong-type.ts']) {
      hashes.push((await runtime.load(fixture(file))).version.hash)
    }
    await runtime.close()
    const found = await moult(['check', ...hashes, '--store', 'images'], {
      cwd: path.dirname(directory),
    })
    expect(found).toMatchObject({ code: 1, err: '', left: [] })
    expect(found.out).toContain('wrong-type.ts:12:5')
  })

  test('says what the plan of an upgrade refuses', async () => {
    const [both, json, mistyped, same] = await Promise.all([
      check('plan/v1.ts', 'plan/v2.ts'),
      check('plan/v1.ts', 'plan/v2.ts', '--allowRemoved', '--json'),
      check('plan/v1.ts', 'plan/mistyped.ts', '--search'),
      check('plan/v1.ts', 'plan/v1.ts'),
    ])
    expect(both).toMatchObject({ code: 1, err: '' })
    const [types, removed, migration] = both.out.split('\n\n')
    expect(types).toBe('types: all fit')
    expect(removed).toMatch(/^plan: CALLS_REMOVED: v1: 2\.0\.0 \(from 1\.0\.0\) lacks gone;/)
    expect(removed).toMatch(/^received: none named gone$/m)
    expect(migration).toMatch(/^plan: NO_MIGRATION: /)
    const step = "codeChange['1.0.0'] in 2.0.0: a function or 'unchanged'"
    expect(migration).toContain(`\nexpected: ${step}\nreceived: none`)
    expect(json).toMatchObject({ code: 1, err: '' })
    expect(JSON.parse(json.out)).toEqual({
      faults: [],
      refusals: [expect.objectContaining({ code: 'NO_MIGRATION', expected: step })],
    })
    expect(mistyped).toMatchObject({ code: 1, err: '' })
    expect(mistyped.out).toContain(`\nexpected: ${step}\nreceived: 1.0`)
    expect(mistyped.out).not.toContain('CALLS_REMOVED')
    expect(same).toMatchObject({ code: 0, err: '', out: 'types: all fit\n' })
  })

  test('shows its usage', async () => {
    const shown = await moult([])
    expect(shown).toMatchObject({ code: 0, err: '', left: [] })
    expect(shown.out).toMatch(/^moult check OLD NEW/)
  })
})

describe('a search', { tags: ['once'] }, () => {
  test('tells the smallest state; the same one for the same seed', async () => {
    const files = ['search/cart-v1.ts', 'search/cart-throws.ts', '--search', '--seed', '7'] as const
    const [text, json] = await Promise.all([check(...files), check(...files, '--json')])
    expect(text).toMatchObject({ code: 1, err: '' })
    expect(text.out).toContain('plan: CALLS_REMOVED: cart-v1: 2.0.0 (from 1.0.0) lacks count;')
    expect(text.out).toContain('search: throws: Reduce of empty array with no initial value')
    expect(text.out).toMatch(/^the smallest state found: \{ items: \[\] \}$/m)
    expect(text.out).toMatch(/cart-throws\.ts:10:\d+\)\nthe smallest state found/)
    expect(json).toMatchObject({ code: 1, err: '' })
    const { search } = JSON.parse(json.out) as { search: Record<string, unknown> }
    expect(search).toMatchObject({ kind: 'fault', fault: 'throws', seed: 7, sources: ['type'] })
    expect(text.out).toContain(`${String(search['runs'])} states tried`)
    expect(text.out).toContain(String(search['printed']))
  })

  test('begins with real states', async () => {
    const folder = await newProject({
      'states.json': '[{ "items": [{ "name": "a", "price": 1 }] }, { "items": [] }]',
      'broken.json': '[{',
      'object.json': '{ "items": [] }',
    })
    const states = (file: string): ReturnType<typeof check> => {
      const given = [
        '--allowRemoved',
        '--states',
        path.join(folder, file),
        '--runs',
        '20',
        '--seed',
        '1',
      ]
      return check('search/cart-v1.ts', 'search/cart-fine.ts', '--search', ...given)
    }
    const [fine, broken, object, none] = await Promise.all(
      ['states.json', 'broken.json', 'object.json', 'none.json'].map(states),
    )
    expect(fine).toMatchObject({ code: 0, err: '' })
    expect(fine?.out).toMatch(/search: no fault found\n\d+ states tried \(from type, samples;/)
    for (const refused of [broken, object, none]) {
      expect(refused).toMatchObject({ code: 2, out: '' })
      expect(refused?.err).toContain('moult: INVALID_OPTION: --states should be a file that holds')
    }
    expect(object?.err).toContain('object.json')
    expect(none?.err).toContain('ENOENT')
  })

  test('of states with tables tells the record, and takes real ones as pairs', async () => {
    const folder = await newProject({
      'states.json': '[{ "hits": 1, "cities": [["rome", { "name": "Rome", "people": 3 }]] }]',
    })
    const real = ['--states', path.join(folder, 'states.json')]
    const options = ['--allowRemoved', '--search', '--seed', '7', ...real]
    const [throws, fine] = await Promise.all([
      check('search/towns-v1.ts', 'search/towns-throws.ts', ...options),
      check('search/towns-v1.ts', 'search/towns-keys.ts', ...options, '--runs', '50'),
    ])
    expect(throws).toMatchObject({ code: 1, err: '' })
    expect(throws.out).toContain('types: all fit\n\nsearch: throws at state.cities.get("")')
    expect(throws.out).toMatch(
      /^ +at cities \(.*towns-throws\.ts:11:\d+\)\nthe smallest state found/m,
    )
    expect(throws.out).toContain("{ hits: 0, cities: Map(1) { '' => { name: '', people: 0 } } }")
    expect(fine).toMatchObject({ code: 0, err: '' })
    expect(fine.out).toContain('50 states tried (from type, samples;')
  })

  test('that could try nothing tells nothing', async () => {
    const ended = await check('search/impossible-v1.ts', 'search/balance-v2.ts', '--search')
    expect(ended).toMatchObject({ code: 2, err: '' })
    expect(ended.out).toContain('search: nothing was tried: ')
  })

  test('of versions that cannot be imported names the file', async () => {
    const ended = await check('typed/v1.ts', 'broken/throws.ts', '--search')
    expect(ended).toMatchObject({ code: 2, out: '' })
    expect(ended.err).toMatch(/^moult: LOAD_FAILED: .*throws\.ts: /)
  })
})

describe('what cannot be told', { tags: ['once'] }, () => {
  test.each([
    ['a missing file', 'typed/nowhere.ts', /^moult: FILE_NOT_FOUND: .*nowhere\.ts/],
    ['a syntax error', 'broken/syntax-error.ts', /^moult: SYNTAX_ERROR: .*syntax-error\.ts:5:21: /],
    ['no default export', 'broken/no-default.ts', /^moult: NOT_A_DEFINITION: .*no-default\.ts:1:1/],
    [
      'a missing import',
      'broken/missing-file.ts',
      /^moult: UNRESOLVED_IMPORT: .*missing-file\.ts:/,
    ],
    [
      'another kind of file',
      'loading/numbers.json',
      /^moult: INVALID_OPTION: .*should end in \.ts/,
    ],
  ])('%s', async (_name, file, message) => {
    const ended = await check('typed/v1.ts', file)
    expect(ended).toMatchObject({ code: 2, out: '' })
    expect(ended.err).toMatch(message)
    expect(ended.err.trim().split('\n')).toHaveLength(1)
  })

  test('an image that is not there, an option that does not exist', async () => {
    const [image, option] = await Promise.all([
      moult(['check', '0'.repeat(64), at('typed/v1.ts')]),
      moult(['check', at('typed/v1.ts'), at('typed/v1.ts'), '--sarch']),
    ])
    expect(image).toMatchObject({ code: 2, out: '' })
    expect(image.err).toMatch(/^moult: IMAGE_NOT_FOUND: .*--store/)
    expect(option).toMatchObject({ code: 2, out: '' })
    expect(option.err).toMatch(/^moult: Unknown option '--sarch'[^]*moult check OLD NEW/)
  })
})

test('without TypeScript it says what to install', { tags: ['once'] }, async () => {
  const folder = await installed()
  const file = path.join(folder, 'v1.ts')
  await writeFiles(folder, {
    'v1.ts': `import { defineProcess } from 'moult'
export default defineProcess({ version: '1.0.0', init: () => ({}) })
`,
  })
  const ended = await moult(['check', file, file], { from: folder })
  expect(ended).toMatchObject({ code: 2, out: '', left: [] })
  expect(ended.err).toMatch(/^moult: TYPESCRIPT_MISSING: .*npm install --save-dev typescript@6/)
})

// Windows knows no signals.
test.skipIf(process.platform === 'win32').each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('%s leaves nothing behind', async (signal, code) => {
  const files = ['search/cart-v1.ts', 'search/cart-loops.ts'].map(at)
  const ended = await moult(['check', ...files, '--search'], { signal })
  expect(ended).toMatchObject({ code, signal: null, left: [] })
})
