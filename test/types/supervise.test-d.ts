import type { AnyDefinition, Code, ProcessRef, Runtime } from 'moult'
import { expectTypeOf, test } from 'vitest'

interface Counter extends AnyDefinition {
  readonly init: (args: { start: number }) => { count: number }
  readonly calls: { readonly add: (state: { count: number }, by: number) => number }
}

interface Plain extends AnyDefinition {
  readonly init: () => object
  readonly calls: { readonly get: (state: object) => string }
}

const runtime = null as unknown as Runtime
const counters = null as unknown as Code<Counter>
const plains = null as unknown as Code<Plain>

test('children are typed by their codes, in their order', async () => {
  const { children } = await runtime.supervise({
    children: [
      { code: counters, args: { start: 1 }, restart: 'transient' },
      { code: plains, name: 'plain' },
    ],
  })
  expectTypeOf(children[0]).toEqualTypeOf<ProcessRef<Counter>>()
  expectTypeOf(children[1]).toEqualTypeOf<ProcessRef<Plain>>()
})

test('the arguments of a child are those of its init', () => {
  // @ts-expect-error they are missing
  void runtime.supervise({ children: [{ code: counters }] })
  // @ts-expect-error they are others
  void runtime.supervise({ children: [{ code: counters, args: { start: 'x' } }] })
  // @ts-expect-error there is no such strategy
  void runtime.supervise({ strategy: 'all', children: [{ code: plains }] })
})

test('members of a group have arguments of their own, or share them', () => {
  void counters.spawnMany(3, { args: { start: 1 } })
  void counters.spawnMany(3, { args: (index) => ({ start: index }) })
  void plains.spawnMany(3)
  // @ts-expect-error they are missing
  void counters.spawnMany(3)
  // @ts-expect-error names are made by a function
  void plains.spawnMany(3, { name: 'x' })
  const group = counters.spawnMany(1, { args: { start: 1 } })
  expectTypeOf(group).resolves.toExtend<Iterable<ProcessRef<Counter>>>()
})
