import { fileURLToPath } from 'node:url'
import { MoultError, isMoultError } from 'moult'
import type { Code, ProcessRef, Runtime, RuntimeOptions } from 'moult'
import { describe, expect, test } from 'vitest'
import type witness from '../fixtures/witness/v1.ts'
import { fixture, shared, testRuntime } from '../support/runtime.ts'

const broken = (name: string): URL => fixture(`broken/${name}`)

/** The place of the fault is the addon itself. */
const notAnAddon = fileURLToPath(broken('not-an-addon.node'))

type Refusal = [name: string, expected: Record<string, unknown>]

/** What esbuild and moult say of a file. */
const refused: Refusal[] = [
  ['syntax-error.ts', { code: 'SYNTAX_ERROR', line: 5, column: 21 }],
  ['missing-package.ts', { code: 'UNRESOLVED_IMPORT', line: 2, column: 22 }],
  ['missing-file.ts', { code: 'UNRESOLVED_IMPORT', line: 2, column: 22 }],
  ['missing-addon.ts', { code: 'UNRESOLVED_IMPORT', line: 1, column: 19 }],
  ['no-default.ts', { code: 'NOT_A_DEFINITION' }],
  ['number.ts', { code: 'NOT_A_DEFINITION', line: 1, column: 1, path: 'the default export' }],
  ['init-is-text.ts', { code: 'NOT_A_DEFINITION', line: 2, column: 1, path: 'init' }],
  ['empty-version.ts', { code: 'NOT_A_DEFINITION', path: 'version' }],
  ['call-is-number.ts', { code: 'NOT_A_DEFINITION', path: 'calls["get"]' }],
  ['both.ts', { code: 'NOT_A_DEFINITION', path: 'casts' }],
  ['unknown-field.ts', { code: 'NOT_A_DEFINITION' }],
  ['no-concurrency.ts', { code: 'NOT_A_DEFINITION', path: 'concurrency' }],
  ['code-change-is-text.ts', { code: 'NOT_A_DEFINITION', path: 'codeChange["0"]' }],
]

/** What becomes of a thread that imports a file. */
const failing: Refusal[] = [
  [
    'bad-addon.cjs',
    { code: 'LOAD_FAILED', file: notAnAddon, cause: { code: 'ERR_DLOPEN_FAILED' } },
  ],
  ['bad-addon.ts', { code: 'LOAD_FAILED', file: notAnAddon }],
  ['throws.ts', { code: 'LOAD_FAILED', line: 4, cause: { name: 'TypeError' } }],
  ['exits.ts', { code: 'ISOLATE_EXITED' }],
]
const late: Refusal[] = [
  ['never-loads.ts', { code: 'LOAD_TIMEOUT' }],
  ['loops.ts', { code: 'LOAD_TIMEOUT' }],
]

interface Started {
  readonly runtime: Runtime
  readonly code: Code<typeof witness>
  readonly ref: ProcessRef<typeof witness>
}

async function start(limit: RuntimeOptions = {}): Promise<Started> {
  const runtime = await testRuntime({ exitGraceMs: 100, warmSpares: 1, ...limit })
  const code = await runtime.load<typeof witness>(fixture('witness/v1.ts'))
  const ref = await code.spawn()
  return { runtime, code, ref }
}

async function expectRefusal(started: Started, ...[name, expected]: Refusal): Promise<void> {
  const { runtime, code, ref } = started
  const file = fileURLToPath(broken(name))
  await expect.poll(() => runtime.isolates).toBe(2)
  const { threadId } = await ref.inspect()
  const error: unknown = await runtime.load(broken(name)).catch((each: unknown) => each)
  expect(error).toBeInstanceOf(MoultError)
  expect(error).toMatchObject({ file, ...expected })
  const upgrade = code.upgrade(broken(name))
  await expect(upgrade).rejects.toMatchObject({ phase: 'load', file, ...expected })
  expect(isMoultError(error) && error.message).toContain(name)
  expect(await ref.call('note', 'still here')).toBe('1:still here')
  expect((await ref.inspect()).threadId).toBe(threadId)
  await expect.poll(() => runtime.isolates, { timeout: 15_000 }).toBe(2)
}

const title = '%s is refused, by load and by upgrade, with the place'

describe('a file that is wrong', () => {
  const started = shared(start)
  test.each(refused)(title, { tags: ['once'] }, (...row) => expectRefusal(started(), ...row))
  test.each(failing)(title, (...row) => expectRefusal(started(), ...row))
})

// Also the one that can be loaded has to be in time.
test.each(late)(title, async (...row) =>
  expectRefusal(await start({ loadTimeoutMs: 2000 }), ...row),
)

test.each([
  ['a missing file', fixture('broken/never-written.ts'), 'FILE_NOT_FOUND'],
  ['a folder', new URL('../fixtures/folder.ts', import.meta.url), 'FILE_NOT_FOUND'],
  ['another kind of file', fixture('loading/numbers.json'), 'INVALID_OPTION'],
  ['a web address', new URL('https://example.org/a.ts'), 'INVALID_OPTION'],
  ['nothing', undefined as unknown as string, 'INVALID_OPTION'],
  ['a number', 42 as unknown as string, 'INVALID_OPTION'],
  ['an empty path', '', 'INVALID_OPTION'],
  ['a NUL byte', 'a\0b.ts', 'FILE_NOT_FOUND'],
  ['a URL with a host', 'file://elsewhere/a.ts', 'INVALID_OPTION'],
  ['a URL that is none', 'file:///%zz.ts', 'INVALID_OPTION'],
])('%s is refused', async (_what, file, code) => {
  const runtime = await testRuntime()
  const error: unknown = await runtime.load(file).catch((each: unknown) => each)
  expect(error).toMatchObject({ name: 'MoultError', code })
  expect(error).toHaveProperty('expected')
  expect(error).toHaveProperty('received')
})
