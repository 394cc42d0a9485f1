// @module-tag once
import path from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { AnyDefinition, Code, ProcessRef } from 'moult'
import { expect, test } from 'vitest'
import { newProject } from '../support/project.ts'
import { testRuntime } from '../support/runtime.ts'

interface Program extends AnyDefinition {
  readonly version: string
  readonly init: (args: string | undefined) => {
    hits: number
    cities: Map<string, unknown>
    places: Map<string, unknown>
  }
  readonly calls: {
    readonly more: (state: never) => void
    readonly hold: (state: never, gate: Int32Array) => void
  }
}

const base = `import { defineProcess, table } from 'moult'
const records = () => table([['a', { n: 1 }], ['b', { n: 2 }]])
const hold = (_state, gate) => void Atomics.wait(gate, 0, 0)
const later = (state) => { state.extra = table([['x', 1]]) }
`

const definition = (version: string, fields: string): string => `${base}
export default defineProcess({
  version: '${version}',
  init: () => ({ hits: 7, cities: records(), places: records() }),
  calls: { more: later, hold },
  ${fields}
})
`

/** Processes of version 1, and the file of a version 2 with these fields. */
async function started(
  fields: string,
  {
    own = '',
    count = 1,
    isolates = 'per-process',
  }: { own?: string; count?: number; isolates?: number | 'per-process' } = {},
): Promise<{ code: Code<Program>; refs: ProcessRef<Program>[]; next: string }> {
  const root = await newProject({
    '1.ts': definition('1', own),
    '2.ts': definition('2', fields),
  })
  const runtime = await testRuntime()
  const code = await runtime.load<Program>(path.join(root, '1.ts'), { isolates })
  const refs = await Promise.all(
    Array.from({ length: count }, () => code.spawn({ args: undefined })),
  )
  return { code, refs, next: path.join(root, '2.ts') }
}

const double = '(record) => ({ n: record.n * 2 })'

test.each([
  ['per-process', 'atomic'],
  [2, 'rolling'],
] as const)(
  'a table that no state has is refused in the plan, with the one that was meant (%s)',
  async (isolates, mode) => {
    const step = `codeChange: { '1': { tables: { citties: ${double} } } },`
    const { code, refs, next } = await started(step, { count: 3, isolates })
    const refused = code.upgrade(next, { mode })
    await expect(refused).rejects.toMatchObject({
      code: 'NO_MIGRATION',
      phase: 'plan',
      from: '1',
      to: '2',
      path: "codeChange['1'].tables.citties",
      expected: 'one of cities, places',
      received: 'citties',
      message: expect.stringContaining("(did you mean 'cities'?)") as string,
    })
    expect(refs.map(({ version }) => version)).toEqual(['1', '1', '1'])
    // Its label is free.
    expect((await code.versions()).map(({ version }) => version)).toEqual(['1'])
  },
)

test('an upgrade that is aborted while a held thread is asked for its tables ends in the plan', async () => {
  const { code, refs, next } = await started(
    `codeChange: { '1': { tables: { cities: ${double} } } },`,
  )
  await code.load(next)
  const gate = new Int32Array(new SharedArrayBuffer(4))
  const held = refs[0]!.call('hold', gate)
  const abort = new AbortController()
  const upgrade = code.upgrade('2', { signal: abort.signal })
  // By then the thread has been asked, and it does not answer.
  await turn()
  abort.abort()
  await expect(upgrade).rejects.toMatchObject({ code: 'UPGRADE_ABORTED', phase: 'plan' })
  Atomics.store(gate, 0, 1)
  Atomics.notify(gate, 0)
  await held
  await code.upgrade('2')
})

test('a step of the way back is looked at, too', async () => {
  const own = `downgrade: { '2': { tables: { city: ${double} } } },`
  const { code, next } = await started('', { own })
  await code.load(next)
  await expect(code.downgrade('2')).rejects.toMatchObject({
    code: 'NO_MIGRATION',
    phase: 'plan',
    path: "downgrade['2'].tables.city",
  })
})

test('one that only some states have is right', async () => {
  const step = `codeChange: { '1': { tables: { extra: (n) => n + 1 } } },`
  const { code, refs, next } = await started(step, { count: 4, isolates: 1 })
  await refs[3]!.call('more')
  await code.upgrade(next)
  expect(await refs[3]!.state()).toMatchObject({ extra: new Map([['x', 2]]) })
  expect(await refs[0]!.state()).not.toHaveProperty('extra')
})

const whole = new Map([
  ['a', { n: 1 }],
  ['b', { n: 2 }],
])

test.each<[what: string, step: string, expected: object]>([
  [
    'a step without tables leaves them as they are',
    '{ state: ({ hits }) => ({ hits: hits * 2 }) }',
    { hits: 14, cities: whole, places: whole },
  ],
  [
    'one whose tables are empty as well',
    '{ tables: {}, state: ({ hits }) => ({ hits: hits * 2 }) }',
    { hits: 14, cities: whole, places: whole },
  ],
  ['unchanged is unchanged', "'unchanged'", { hits: 7, cities: whole, places: whole }],
  [
    'a table that is unchanged beside one that is left out',
    "{ tables: { cities: 'unchanged', places: {} } }",
    { hits: 7, cities: whole },
  ],
])('%s: there and back', async (_what, step, expected) => {
  const up = await started(`codeChange: { '1': ${step} },`)
  await up.code.upgrade(up.next)
  expect(await up.refs[0]!.state()).toEqual(expected)
  const down = await started('', { own: `downgrade: { '2': ${step} },` })
  await down.code.load(down.next)
  await down.code.downgrade('2')
  expect(down.refs[0]!.version).toBe('2')
  expect(await down.refs[0]!.state()).toEqual(expected)
})

const split = (name: string): string =>
  `codeChange: { '1': { tables: { places: { ${name}: 'unchanged', ruins: 'unchanged' } } } },`
const towns = 'tables: { towns: () => table() },'

test('a target that is spelt nearly as a table of the new version is refused in the plan', async () => {
  const { code, refs, next } = await started(`${split('twons')} ${towns}`)
  await expect(code.upgrade(next)).rejects.toMatchObject({
    code: 'NO_MIGRATION',
    phase: 'plan',
    path: "codeChange['1'].tables.places.twons",
    received: 'twons',
    message: expect.stringContaining("(did you mean 'towns'?)") as string,
  })
  expect(refs[0]!.version).toBe('1')
})

test.each([
  ['the table itself', `${split('towns')} ${towns}`],
  ['one of another name', `${split('hamlets')} ${towns}`],
  [
    'a near one that is named, too',
    `${split('town')} tables: { towns: () => table(), town: () => table() },`,
  ],
  [
    'a near one, where the other stays as it is',
    `${split('citie')} tables: { cities: () => table() },`,
  ],
])('%s is taken', async (_what, fields) => {
  const { code, refs, next } = await started(fields)
  await code.upgrade(next)
  expect(refs[0]!.version).toBe('2')
})
