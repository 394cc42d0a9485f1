import type { Code, ProcessRef, Runtime, RuntimeOptions, SpawnOptions } from 'moult'
import { expect, onTestFinished } from 'vitest'
import type stuckV1 from '../fixtures/stuck/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { TestGates } from './gates.ts'

export type Stuck = typeof stuckV1

export const v1 = fixture('stuck/v1.ts')
export const v2 = fixture('stuck/v2.ts')

/** Processes `a`, `b`, … and what they wait for. */
export interface StuckWorld {
  readonly runtime: Runtime
  readonly code: Code<Stuck>
  readonly gates: TestGates
  readonly a: ProcessRef<Stuck>
  readonly b: ProcessRef<Stuck>
}

export async function stuckWorld(
  isolates: 'per-process' | number,
  options: RuntimeOptions = {},
  ofA: Pick<SpawnOptions<undefined>, 'handlerTimeoutMs' | 'onHandlerTimeout'> = {},
): Promise<StuckWorld> {
  const gates = new TestGates()
  const runtime = await testRuntime({ services: gates.services, exitGraceMs: 100, ...options })
  const code = await runtime.load<Stuck>(v1, { isolates })
  const a = await code.spawn({ name: 'a', ...ofA })
  const b = await code.spawn({ name: 'b' })
  return { runtime, code, gates, a, b }
}

/** A loop that holds the thread of a process until the test ends it. */
export interface Loop {
  readonly call: Promise<unknown>
  end(): void
}

/** Resolves when the process is in the loop. */
export async function spinning(ref: ProcessRef<Stuck>): Promise<Loop> {
  const words = new Int32Array(new SharedArrayBuffer(8))
  const end = (): void => void Atomics.store(words, 0, 1)
  onTestFinished(end)
  const call = ref.call('spin', words).catch((error: unknown) => error)
  await expect.poll(() => Atomics.load(words, 1)).toBe(1)
  return { call, end }
}
