import { createRuntime } from 'moult'
import type { Runtime, RuntimeOptions } from 'moult'
import { onTestFinished } from 'vitest'

/** A runtime that is closed when the test ends, whatever became of it. */
export async function testRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  const runtime = await createRuntime({ logger: silentLogger, ...options })
  onTestFinished(() => runtime.close({ timeoutMs: 1000 }))
  return runtime
}

/** A logger that keeps a test's output clean. */
export const silentLogger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
}

/** URL of a file under test/fixtures. */
export function fixture(file: string): URL {
  return new URL(`../fixtures/${file}`, import.meta.url)
}
