import { createRuntime } from 'moult'
import type { Runtime, RuntimeOptions } from 'moult'
import { beforeAll, onTestFinished } from 'vitest'
import type * as Runtimes from '../../src/runtime/runtime.ts'
import { builtModule } from './built-module.ts'
import { sharedJobs } from './shared-jobs.ts'

const { runtimeWith } = await builtModule<typeof Runtimes>('src/runtime/runtime.js')

/**
 * A runtime that is closed when the test ends, whatever became of it. It bundles and checks types in threads that all
 * runtimes of a test file share, so that its time limit for loading is one for imports only; and it keeps no spare
 * thread, which takes a quarter of what most tests take. Where failures and the number of threads are met, `warmSpares`
 * is what users have.
 */
export async function testRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  return closedAfterwards(quickRuntime(options))
}

/** A runtime that bundles and checks types in the threads that all runtimes of a test file share. Close it. */
export function quickRuntime(options: RuntimeOptions = {}): Runtime {
  const settings = { ...quiet, ...options } as Parameters<typeof runtimeWith>[0]
  return runtimeWith(settings, sharedJobs()) as unknown as Runtime
}

/** A runtime with threads of its own for everything, which is closed when the test ends. */
export async function ownRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  return closedAfterwards(await createRuntime({ ...quiet, ...options }))
}

/** Where runtimes are put whose block of tests closes them. */
let ofBlock: Runtime[] | undefined

function closedAfterwards(runtime: Runtime): Runtime {
  if (ofBlock === undefined) onTestFinished(() => close(runtime))
  else ofBlock.push(runtime)
  return runtime
}

const close = (runtime: Runtime): Promise<void> => runtime.close({ timeoutMs: 1000 })

/**
 * What all tests of a block share, made before the first of them; the runtimes in it are closed after the last. For rows
 * of a table each of which leaves everything as it was: what one of them breaks, the next ones meet.
 */
export function shared<Made>(make: () => Promise<Made>): () => Made {
  let made: Made | undefined
  beforeAll(async () => {
    const runtimes: Runtime[] = []
    ofBlock = runtimes
    made = await make().finally(() => (ofBlock = undefined))
    return async () => {
      await Promise.all(runtimes.map(close))
    }
  })
  return () => made!
}

/** A logger that keeps a test's output clean. */
export const silentLogger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
}

const quiet = {
  logger: silentLogger,
  warmSpares: 0,
  // Each upgrade of each test would take a tenth of a second longer.
  probation: { ms: 1 },
}

/** URL of a file under test/fixtures. */
export function fixture(file: string): URL {
  return new URL(`../fixtures/${file}`, import.meta.url)
}
