// @module-tag once
import type { Code, LoadOptions } from 'moult'
import { expect, test } from 'vitest'
import type shapesV1 from '../fixtures/tables/shapes-v1.ts'
import type shapesV2 from '../fixtures/tables/shapes-v2.ts'
import type shapesV3 from '../fixtures/tables/shapes-v3.ts'
import { fixture, testRuntime } from '../support/runtime.ts'

const [v1, v2, v3] = ['1', '2', '3'].map((each) => fixture(`tables/shapes-v${each}.ts`)) as [
  URL,
  URL,
  URL,
]

/** The versions differ in their calls too. */
const lossy = { allowRemoved: true }

async function shapes(options: LoadOptions = {}): Promise<Code<typeof shapesV1>> {
  const runtime = await testRuntime()
  return runtime.load<typeof shapesV1>(v1, options)
}

test('tables are renamed, split, dropped, kept, and made as the new version makes its own', async () => {
  const code = await shapes()
  const ref = await code.spawn()
  await ref.call('put', { name: 'Pisa', people: 2 })
  await code.upgrade<typeof shapesV2>(v2, lossy)
  const next = ref.as<typeof shapesV2>()
  expect(await next.state()).toEqual({
    title: 'Italy',
    towns: new Map([
      ['rome', { name: 'Rome', people: 3 }],
      ['milan', { name: 'Milan', people: 1 }],
      ['pisa', { name: 'Pisa', people: 2 }],
    ]),
    ruins: new Map([['ostia', 'Ostia']]),
    kept: new Map([[1n, new Set(['a'])]]),
  })
  expect(await next.call('kinds')).toEqual([true, true, true])
  expect(await next.call('keyOf', 'Pisa')).toBe('pisa')
  await next.call('drop', 'pisa')
  expect(await next.call('keyOf', 'Pisa')).toBeUndefined()
})

test('functions of the whole state are given tables and return tables, over hops too', async () => {
  const code = await shapes()
  const ref = await code.spawn()
  await code.load(v2)
  const report = await code.upgrade<typeof shapesV3>(v3, lossy)
  expect(report.processes[0]!.copied).toBeUndefined()
  const third = ref.as<typeof shapesV3>()
  expect(await third.state()).toEqual({
    title: 'Italy',
    towns: new Map([
      ['rome', { name: 'Rome', people: 3 }],
      ['milan', { name: 'Milan', people: 1 }],
      ['ostia', { name: 'Ostia', people: 0 }],
    ]),
    all: 3,
  })
  expect(await third.call('people')).toBe(4)
  await expect(third.call('mutate')).rejects.toThrow(TypeError)
  await code.downgrade('2.0.0', lossy)
  const second = ref.as<typeof shapesV2>()
  expect(await second.state()).toMatchObject({ ruins: new Map([['ostia', 'Ostia']]) })
  expect(await second.call('keyOf', 'Milan')).toBe('milan')
  expect(await second.call('keyOf', 'Ostia')).toBeUndefined()
})

test.each([
  { how: 'in threads of their own', options: {} },
  { how: 'that share a thread', options: { isolates: 1 } },
])('several processes $how have their tables copied beside each other', async ({ options }) => {
  const code = await shapes(options)
  const refs = await Promise.all([1, 2, 3].map(() => code.spawn()))
  await Promise.all(refs.map((ref, at) => ref.call('put', { name: `Own ${at}`, people: 1 })))
  const report = await code.upgrade<typeof shapesV2>(v2, lossy)
  expect(report.processes.map(({ copied }) => copied!.records)).toEqual([6, 6, 6])
  const states = await Promise.all(refs.map((ref) => ref.as<typeof shapesV2>().state()))
  expect(states.map(({ towns }) => [...towns.keys()].at(-1))).toEqual(['own 0', 'own 1', 'own 2'])
})

test.each([
  {
    call: 'nest',
    expected: {
      path: 'state.deep.inside',
      received: 'a table',
      expected: 'a table only as a field of the state itself',
    },
  },
  { call: 'twice', expected: { path: 'state.again', received: 'state.places' } },
  { call: 'spoil', expected: { path: 'state.places.get("odd").people' } },
] as const)('what cannot be copied is refused by its path: $call', async ({ call, expected }) => {
  const code = await shapes()
  const ref = await code.spawn()
  await ref.call(call)
  await expect(code.upgrade(v2, lossy)).rejects.toMatchObject({
    code: 'UNCLONEABLE_STATE',
    ...expected,
  })
  expect(ref.version).toBe('1.0.0')
})

test('a table in a payload is refused by its path', async () => {
  const { table } = await import('moult')
  const code = await shapes()
  const ref = await code.spawn()
  const payload = { name: 'x', people: table([[1, 1]]) as unknown as number }
  await expect(ref.call('put', payload)).rejects.toMatchObject({
    code: 'UNCLONEABLE_ARGUMENT',
    path: 'payload.people',
    received: 'a table',
  })
})
