import { fileURLToPath } from 'node:url'
import { MoultError, isMoultError } from 'moult'
import { expect, test } from 'vitest'
import type witness from '../fixtures/witness/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

const broken = (name: string): URL => fixture(`broken/${name}`)

/** The place of the fault is the addon itself. */
const notAnAddon = fileURLToPath(broken('not-an-addon.node'))

const refusals: [name: string, expected: Record<string, unknown>][] = [
  ['syntax-error.ts', { code: 'SYNTAX_ERROR', line: 5, column: 21 }],
  ['missing-package.ts', { code: 'UNRESOLVED_IMPORT', line: 2, column: 22 }],
  ['missing-file.ts', { code: 'UNRESOLVED_IMPORT', line: 2, column: 22 }],
  ['missing-addon.ts', { code: 'UNRESOLVED_IMPORT', line: 1, column: 19 }],
  [
    'bad-addon.cjs',
    { code: 'LOAD_FAILED', file: notAnAddon, cause: { code: 'ERR_DLOPEN_FAILED' } },
  ],
  ['bad-addon.ts', { code: 'LOAD_FAILED', file: notAnAddon }],
  ['throws.ts', { code: 'LOAD_FAILED', line: 4, cause: { name: 'TypeError' } }],
  ['no-default.ts', { code: 'NOT_A_DEFINITION' }],
  ['number.ts', { code: 'NOT_A_DEFINITION', line: 1, column: 1, path: 'the default export' }],
  ['init-is-text.ts', { code: 'NOT_A_DEFINITION', line: 2, column: 1, path: 'init' }],
  ['empty-version.ts', { code: 'NOT_A_DEFINITION', path: 'version' }],
  ['call-is-number.ts', { code: 'NOT_A_DEFINITION', path: 'calls["get"]' }],
  ['both.ts', { code: 'NOT_A_DEFINITION', path: 'casts' }],
  ['unknown-field.ts', { code: 'NOT_A_DEFINITION' }],
  ['no-concurrency.ts', { code: 'NOT_A_DEFINITION', path: 'concurrency' }],
  ['code-change-is-text.ts', { code: 'NOT_A_DEFINITION', path: 'codeChange["0"]' }],
  ['exits.ts', { code: 'ISOLATE_EXITED' }],
  ['never-loads.ts', { code: 'LOAD_TIMEOUT' }],
  ['loops.ts', { code: 'LOAD_TIMEOUT' }],
]

test.each(refusals)(
  '%s is refused, by load and by upgrade, with the place',
  async (name, expected) => {
    // Also the one that can be loaded has to be in time.
    const limit = expected['code'] === 'LOAD_TIMEOUT' ? { loadTimeoutMs: 2000 } : {}
    const runtime = await testRuntime({ exitGraceMs: 100, warmSpares: 1, ...limit })
    const code = await runtime.load<typeof witness>(fixture('witness/v1.ts'))
    const ref = await code.spawn()
    await expect.poll(() => runtime.isolates).toBe(2)
    const file = fileURLToPath(broken(name))
    const error: unknown = await runtime.load(broken(name)).catch((each: unknown) => each)
    expect(error).toBeInstanceOf(MoultError)
    expect(error).toMatchObject({ file, ...expected })
    const upgrade = code.upgrade(broken(name))
    await expect(upgrade).rejects.toMatchObject({ phase: 'load', file, ...expected })
    expect(isMoultError(error) && error.message).toContain(name)
    expect(await ref.call('note', 'still here')).toBe('1:still here')
    await expect.poll(() => runtime.isolates, { timeout: 15_000 }).toBe(2)
  },
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
