import type { Code, ProcessRef, Runtime, RuntimeOptions } from 'moult'
import { expect } from 'vitest'
import type { Step, Told } from '../fixtures/tables/stock.ts'
import type stockV1 from '../fixtures/tables/stock-v1.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

export type Stock = typeof stockV1

export const stockFiles = {
  '1.0.0': fixture('tables/stock-v1.ts'),
  '2.0.0': fixture('tables/stock-v2.ts'),
}

export interface Stocked {
  readonly runtime: Runtime
  readonly code: Code<Stock>
  readonly ref: ProcessRef<Stock>
  readonly model: Map<string, number>
}

/** A process with a table of so many records, and the Map that it should be like. */
export async function stocked(
  count: number,
  from: keyof typeof stockFiles = '1.0.0',
  options: RuntimeOptions = {},
): Promise<Stocked> {
  const runtime = await testRuntime({ exitGraceMs: 200, ...options })
  const code = await runtime.load<Stock>(stockFiles[from])
  const ref = await code.spawn({ args: count })
  return { runtime, code, ref, model: modelOf(count) }
}

function modelOf(count: number): Map<string, number> {
  return new Map(Array.from({ length: count }, (_, n) => [`item ${n}`, n]))
}

/** Does the same to the process and to the model. */
export async function applyBoth({ ref, model }: Stocked, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (step[0] === 'set') model.set(step[1], step[2])
    else if (step[0] === 'delete') model.delete(step[1])
    else {
      model.clear()
      if (step[0] === 'replace') for (const entry of modelOf(step[1])) model.set(...entry)
    }
  }
  await ref.call('apply', steps)
}

/** Checks records and their order. */
export async function expectLike(
  { ref, model }: Stocked,
  change: (n: number) => number,
): Promise<void> {
  const { items } = await ref.state()
  expect(Array.from(items, ([key, { n }]) => [key, n])).toEqual(
    Array.from(model, ([key, n]) => [key, change(n)]),
  )
}

/** A place in the middle of a copy at which its other side waits. */
export function gateAt(key: string): {
  readonly told: Told
  readonly reached: () => Promise<void>
  readonly open: () => void
} {
  const gate = new Int32Array(new SharedArrayBuffer(8))
  return {
    told: { at: key, gate },
    reached: () => expect.poll(() => Atomics.load(gate, 0), { timeout: 20_000 }).toBe(1),
    open: () => {
      Atomics.store(gate, 1, 1)
      Atomics.notify(gate, 1)
    },
  }
}
