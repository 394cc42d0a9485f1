import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Code, ItemStream, ProcessRef } from 'moult'
import { bothWays, failure, loaded, program } from './streams-program.ts'
import type { Made, Program } from './streams-program.ts'

/** Steps to version 2 that fail: on a copy, and in the pause. */
const failing = "codeChange: { '1': () => { throw new Error('no') } },"

interface World {
  readonly code: Code<Program>
  readonly root: string
  readonly ref: ProcessRef<Program>
  readonly open: { readonly stream: ItemStream<Made, string>; next: number }[]
  /** The upgrade that is under way. */
  moving: Promise<unknown>
}

/** Reads so many items of a stream, each of which has to be the next. */
async function read({ open }: World, which: number, count: number): Promise<void> {
  const each = open[which % Math.max(1, open.length)]
  for (let step = 0; each !== undefined && step < count; step++) {
    const { value } = await each.stream.next()
    expect((value as Made).at).toBe(each.next++)
  }
}

async function move(world: World, waits: boolean, attempt: () => Promise<unknown>): Promise<void> {
  await world.moving
  world.moving = attempt().catch(() => undefined)
  if (waits) await world.moving
}

type Step = (world: World) => Promise<void>

const waits = fc.boolean()
const steps: fc.Arbitrary<readonly [string, Step]> = fc
  .oneof(
    { weight: 4, arbitrary: fc.tuple(fc.nat(5), fc.integer({ min: 1, max: 40 })) },
    { weight: 1, arbitrary: fc.constant('open' as const) },
    { weight: 1, arbitrary: fc.nat(5) },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom('up', 'down', 'fails', 'late'), waits) },
  )
  .map((step) => [JSON.stringify(step), stepOf(step)] as const)

type Asked = 'open' | number | readonly [number, number] | readonly [string, boolean]

function stepOf(step: Asked): Step {
  if (step === 'open')
    return async ({ ref, open }) => {
      if (open.length < 4) open.push({ stream: ref.stream('count', { to: 1e9 }), next: 0 })
      return Promise.resolve()
    }
  if (typeof step === 'number')
    return async ({ open }) => {
      const [left] = open.splice(step % Math.max(1, open.length), 1)
      await left?.stream.return?.()
    }
  const [first, second] = step
  if (typeof first === 'number') return (world) => read(world, first, second as number)
  return (world) =>
    move(world, second as boolean, () => {
      const { code, root } = world
      if (first === 'up') return code.upgrade(`${root}/v2.js`)
      if (first === 'down') return code.downgrade(`${root}/v1.js`)
      if (first === 'late') return code.upgrade(`${root}/v2.js`, { suspendTimeoutMs: 1 })
      return code.upgrade(`${root}/v3.js`, { rehearse: false })
    })
}

test.each(['per-process', 1] as const)(
  'whatever moves, each stream has each item once and in order, isolates: %s',
  async (isolates) => {
    const extra = 'concurrency: 5,'
    const files = {
      'v2.js': program('2', bothWays + extra),
      'v3.js': program('3', failing + extra),
    }
    const { code, root } = await loaded(files, isolates, { extra })
    // fast-check prints the seed of what fails.
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 4, maxLength: 14 }), async (all) => {
        const ref = await code.spawn()
        const world: World = { code, root, ref, open: [], moving: Promise.resolve() }
        for (const [, step] of all) await step(world)
        await world.moving
        for (let which = 0; which < world.open.length; which++) await read(world, which, 20)
        for (const { stream } of world.open) await stream.return?.()
        await failure(ref.stop())
      }),
      { numRuns: 12 },
    )
  },
  120_000,
)
