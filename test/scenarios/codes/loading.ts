import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Runtime, RuntimeOptions } from 'moult'
import { expect } from 'vitest'
import type * as StateSearches from '../../../src/checks/state-search.ts'
import type * as Runtimes from '../../../src/runtime/runtime.ts'
import type * as Platforms from '../../../src/runtime/platform.ts'
import { builtModule } from '../../support/built-module.ts'
import { installed } from '../../support/installed.ts'
import { quickRuntime, silentLogger } from '../../support/runtime.ts'
import type { Rows, World } from './world.ts'

const { checkPlatform } = await builtModule<typeof Platforms>('src/runtime/platform.js')

const named = (text: string): unknown => expect.stringContaining(text)

/** Does something with a runtime of other options. */
async function withRuntime(
  options: RuntimeOptions,
  use: (runtime: Runtime) => Promise<unknown>,
): Promise<unknown> {
  await using runtime = quickRuntime({ warmSpares: 0, exitGraceMs: 100, ...options })
  return await use(runtime)
}

/** Loads an image from a store in which it has been damaged. */
async function loadDamaged(world: World): Promise<unknown> {
  const directory = world.file('images')
  return withRuntime({ store: { directory } }, async (runtime) => {
    const { version } = await runtime.load(world.file('v1.js'))
    const file = path.join(directory, `${version.hash}.image`)
    await writeFile(file, (await readFile(file)).subarray(1))
    return runtime.load({ image: version.hash })
  })
}

/** Loads where a thread dies before it has said anything. */
async function loadWithoutThreads(world: World): Promise<unknown> {
  const folder = await installed()
  await writeFile(
    path.join(folder, 'dist/workers/isolate/isolate.js'),
    "throw new Error('no memory')",
  )
  const file = path.join(folder, 'dist/src/runtime/runtime.js')
  const { createRuntime } = (await import(/* @vite-ignore */ file)) as typeof Runtimes
  await using runtime = await createRuntime({ logger: silentLogger, warmSpares: 0 })
  return await runtime.load(world.file('v1.js'))
}

/** Makes a runtime that traces where moult is installed and the API of OpenTelemetry is not. */
async function traceWithoutOpenTelemetry(): Promise<unknown> {
  const file = path.join(await installed(), 'dist/src/runtime/runtime.js')
  const { createRuntime } = (await import(/* @vite-ignore */ file)) as typeof Runtimes
  return createRuntime({ tracing: true })
}

/** Loads with permissions where Node gives more to each thread. */
async function loadWithGivenFlags(world: World): Promise<unknown> {
  const { NODE_OPTIONS = '' } = process.env
  process.env.NODE_OPTIONS = '--allow-worker'
  try {
    return await world.load('v1.js', { permissions: { net: true } })
  } finally {
    process.env.NODE_OPTIONS = NODE_OPTIONS
  }
}

/** Searches states where moult is installed and fast-check is not. */
async function searchWithoutFastCheck(): Promise<unknown> {
  const file = path.join(await installed(), 'dist/src/checks/state-search.js')
  const { StateSearch } = (await import(/* @vite-ignore */ file)) as typeof StateSearches
  const states = new StateSearch()
  return states.search({ older: '', newer: '' }).finally(() => states.close())
}

/** What a version is not loaded for. */
export const loading = {
  UNSUPPORTED_PLATFORM: {
    bring: async () => checkPlatform({ bun: '1.2.0', node: '24.3.0' }),
    error: {
      message: named('Bun 1.2.0: it lacks the Serializer of node:v8'),
      expected: 'Node 20.19 or newer',
      received: 'Bun 1.2.0',
    },
  },
  INVALID_OPTION: {
    bring: (world) => world.runtime.load(world.file('v1.js'), { isolates: 0 }),
    error: {
      path: 'isolates',
      expected: "'per-process' or a whole number of at least 1",
      received: 'the number 0',
    },
  },
  FILE_NOT_FOUND: {
    bring: (world) => world.load('nowhere.js'),
    error: { file: named('nowhere.js'), received: 'ENOENT', cause: { code: 'ENOENT' } },
  },
  UNRESOLVED_IMPORT: {
    bring: (world) => world.load('import.js'),
    error: { file: named('import.js'), line: 1, column: 8, message: named('"./gone.js"') },
  },
  SYNTAX_ERROR: {
    bring: (world) => world.load('syntax.js'),
    error: { file: named('syntax.js'), line: 2, column: 12 },
  },
  NOT_A_DEFINITION: {
    bring: (world) => world.load('nothing.js'),
    error: { file: named('nothing.js'), line: 1, column: 1 },
  },
  LOAD_FAILED: {
    bring: (world) => world.load('throws.js'),
    error: {
      file: named('throws.js'),
      line: 1,
      column: 7,
      cause: { name: 'RangeError', message: 'not today' },
    },
  },
  LOAD_TIMEOUT: {
    bring: (world) =>
      withRuntime({ loadTimeoutMs: 300 }, (runtime) => runtime.load(world.file('endless.js'))),
    error: { file: named('endless.js'), message: named('300 ms') },
  },
  PERMISSION_UNSUPPORTED: {
    bring: loadWithGivenFlags,
    error: { path: 'permissions', received: '--allow-worker' },
  },
  ON_LOAD_FAILED: {
    bring: (world) => world.load('v2-on-load.js'),
    error: { file: named('v2-on-load.js'), version: '2.0.0', cause: { message: 'not here' } },
  },
  IMAGE_NOT_FOUND: {
    bring: ({ runtime }) => runtime.load({ image: 'f'.repeat(64) }),
    error: { expected: 'the hash of a stored image', received: 'f'.repeat(64) },
  },
  IMAGE_CORRUPT: { bring: loadDamaged, error: { expected: 'the bytes that were stored' } },
  ISOLATE_LIMIT: {
    bring: (world) =>
      withRuntime({ maxIsolates: 1 }, async (runtime) => {
        const code = await runtime.load(world.file('v2-removed.js'))
        for (;;) await code.spawn({ args: undefined as never })
      }),
    error: { expected: 'at most 1 isolates (maxIsolates)', received: 'a need for one more' },
  },
  ISOLATE_START_FAILED: {
    bring: loadWithoutThreads,
    error: {
      expected: 'a thread that runs',
      received: 'no memory',
      message: named('no memory'),
      cause: { message: 'no memory' },
    },
  },
  RUNTIME_CLOSED: {
    bring: async (world) => {
      const runtime = quickRuntime({ warmSpares: 0 })
      await runtime.close()
      return runtime.load(world.file('v1.js'))
    },
    error: {},
  },
  FAST_CHECK_MISSING: {
    bring: searchWithoutFastCheck,
    error: { expected: named('fast-check 4'), message: named('npm install --save-dev fast-check') },
  },
  OPEN_TELEMETRY_MISSING: {
    bring: traceWithoutOpenTelemetry,
    error: {
      expected: named('@opentelemetry/api 1'),
      message: named('npm install @opentelemetry/api'),
    },
  },
} satisfies Rows
