import type { Code, CopyReport, ProcessRef, Runtime, RuntimeOptions, UpgradeReport } from 'moult'
import { expect } from 'vitest'
import { apply, made } from '../fixtures/plain/plain.ts'
import type { Plain, Step } from '../fixtures/plain/plain.ts'
import type plainV1 from '../fixtures/plain/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'
import { expectAlike } from '../workers/state/graph/alike.ts'

export type PlainCode = typeof plainV1

export const plainFiles = {
  '1.0.0': fixture('plain/v1.ts'),
  '2.0.0': fixture('plain/v2.ts'),
  '3.0.0': fixture('plain/v3.ts'),
}

/** A process with a plain state, and the state that it should be like. */
export interface PlainProcess {
  readonly ref: ProcessRef<PlainCode>
  readonly model: Plain
}

export interface PlainWorld extends PlainProcess {
  readonly runtime: Runtime
  readonly code: Code<PlainCode>
}

/** A process of this code with so many items. */
export async function plainProcess(code: Code<PlainCode>, count: number): Promise<PlainProcess> {
  return { ref: await code.spawn({ args: count }), model: made(count) }
}

/** The same with a runtime of its own. */
export async function plain(
  count: number,
  from: keyof typeof plainFiles = '1.0.0',
  options: RuntimeOptions = {},
): Promise<PlainWorld> {
  const runtime = await testRuntime({ exitGraceMs: 200, ...options })
  const code = await runtime.load<PlainCode>(plainFiles[from])
  return { runtime, code, ...(await plainProcess(code, count)) }
}

/** Does the same to the process and to the model. */
export async function applyBoth(
  { ref, model }: PlainProcess,
  steps: readonly Step[],
): Promise<void> {
  apply(model, steps)
  await ref.call('apply', steps)
}

/** What a migration does to the model. */
export function change({ model }: PlainProcess, factor: number): void {
  for (const item of model.items.values()) item.n *= factor
}

export async function expectLike({ ref, model }: PlainProcess): Promise<void> {
  expectAlike(await ref.state(), model)
  expect(await ref.call('isWhole')).toBe(true)
}

export function copied({ processes }: UpgradeReport): CopyReport | undefined {
  return processes[0]?.copied
}
