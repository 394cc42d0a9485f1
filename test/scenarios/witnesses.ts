import type { Code, ProcessRef, Runtime, RuntimeOptions } from 'moult'
import { expect } from 'vitest'
import type witnessV1 from '../fixtures/witness/v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

export type Witness = typeof witnessV1

/** Processes that can tell whether anything has happened to them. */
export interface Started {
  readonly runtime: Runtime
  readonly code: Code<Witness>
  readonly refs: readonly ProcessRef<Witness>[]
}

export const [v1, v2] = [fixture('witness/v1.ts'), fixture('witness/v2.ts')]

export async function start(
  file: URL,
  count: number,
  options: RuntimeOptions = {},
): Promise<Started> {
  const runtime = await testRuntime({ exitGraceMs: 200, warmSpares: 1, ...options })
  const code = await runtime.load<Witness>(file)
  const refs = await Promise.all(Array.from({ length: count }, () => code.spawn()))
  await Promise.all(refs.map((ref, index) => ref.call('note', `own ${index}`)))
  return { runtime, code, refs }
}

/** Checks that a failed upgrade has changed nothing. What tells that nothing has changed: the same thread, the same state object, one more message handled. */
export async function expectUntouched(
  { refs }: Started,
  check: (error: unknown) => void,
  run: () => Promise<unknown>,
): Promise<void> {
  const before = await Promise.all(refs.map((ref) => ref.call('witness')))
  const during = run()
  const meanwhile = Promise.all(refs.map((ref) => ref.call('note', 'meanwhile')))
  check(
    await during.then(
      () => expect.unreachable('the upgrade should have failed'),
      (error: unknown) => error,
    ),
  )
  const digit = before[0]!.version[0]!
  expect(await meanwhile).toEqual(refs.map(() => `${digit}:meanwhile`))
  const after = await Promise.all(refs.map((ref) => ref.call('witness')))
  after.forEach((witness, index) => {
    const { log, handled, ...same } = before[index]!
    const expected = { ...same, handled: handled + 2, log: [...log, `${digit}:meanwhile`] }
    expect(witness).toEqual(expected)
  })
}

/** Waits until a thread for each process and the spare are all there is. At a moment the spare may be under way. */
export async function expectSpare(runtime: Runtime, processes: number): Promise<void> {
  await expect.poll(() => runtime.isolates).toBe(processes + 1)
}
