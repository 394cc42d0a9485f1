import type { Code, Phase, ProcessRef, Runtime, RuntimeOptions, SpawnOptions } from 'moult'
import { expect } from 'vitest'
import type held1 from '../fixtures/moved/v1.ts'
import { expectSame } from '../src/protocol/bytes/cloneable.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

export type Held = typeof held1

export const heldFiles = [1, 2, 3].map((version) => fixture(`moved/v${version}.ts`)) as [
  URL,
  URL,
  URL,
]

const CELLS_BYTES = 1024 * 1024
const BYTES = 128 * 1024
/** Of {@link someValues}. */
export const MOVED_BYTES = CELLS_BYTES + BYTES

/** A buffer with two views, one with one, one that is no view and so is encoded, one that is too small to move, and what is no buffer. */
export function someValues(): unknown[] {
  const cells = new Float64Array(CELLS_BYTES / 8).map((_none, at) => at)
  const bare = new Uint8Array(96 * 1024).fill(3).buffer
  const bytes = new Uint8Array(BYTES).fill(5)
  return [cells, cells.subarray(10, 20), bare, bare, bytes, new Uint16Array([1]), { a: new Map() }]
}

export interface Started {
  readonly runtime: Runtime
  readonly code: Code<Held>
  readonly held: ProcessRef<Held>
}

/** A process with {@link someValues}. */
export async function start(
  options: RuntimeOptions = {},
  restart: SpawnOptions<unknown[]>['restart'] = {},
): Promise<Started> {
  const runtime = await testRuntime(options)
  const code = await runtime.load<Held>(heldFiles[0])
  const held = await code.spawn({ name: 'held', args: someValues(), restart })
  return { runtime, code, held }
}

/** What the fault point of a test does at a phase. */
export type AtPhase = (phase: Phase) => void | Promise<void>

/** The same with a fault point that can be set when there are processes. */
export async function startWithFaultPoint(): Promise<Started & { at: (atPhase: AtPhase) => void }> {
  let current: AtPhase = () => undefined
  const started = await start({ faultPoint: (phase) => current(phase) })
  return { ...started, at: (atPhase) => (current = atPhase) }
}

/** That a process has {@link someValues}, with the views on one buffer still on one buffer. */
export async function expectValues(held: ProcessRef<Held>): Promise<void> {
  const { values } = await held.state()
  expectSame(values, someValues())
  const [cells, row, bare, again] = values as [Float64Array, Float64Array, object, object]
  expect(row.buffer).toBe(cells.buffer)
  expect(again).toBe(bare)
}
