import { expect, test } from 'vitest'
import { looseDefinition } from '../../../workers/definition/loose-definition.ts'
import { Version } from '../../../workers/state/version.ts'

const good = { version: '2', init: () => ({}) }
const change = (value: unknown): unknown => value

const wrong: [path: string, step: unknown, received?: string][] = [
  ['codeChange["1"]', 'same'],
  ['codeChange["1"]', { table: {} }, 'the string "table"'],
  ['codeChange["1"]', {}, 'an object'],
  ['codeChange["1"].tables', { tables: null }, 'null'],
  ['codeChange["1"].state', { tables: {}, state: 'unchanged' }],
  ['codeChange["1"].tables["cities"]', { tables: { cities: 'same' } }],
  ['codeChange["1"].tables["cities"]', { tables: { cities: [change] } }, 'an array'],
  ['codeChange["1"].tables["cities"]["towns"]', { tables: { cities: { towns: {} } } }],
  [
    'codeChange["1"].tables["places"]',
    { tables: { cities: { towns: change }, places: { towns: change } } },
    'the string "towns"',
  ],
  [
    'codeChange["1"].tables["cities"]',
    { tables: { places: { cities: change }, cities: change } },
    'the string "cities"',
  ],
]

test.each(wrong)('%s is named in the refusal of %o', (path, step, received) => {
  const refused = expect.objectContaining({
    code: 'NOT_A_DEFINITION',
    path,
    ...(received !== undefined && { received }),
  }) as Error
  expect(() => looseDefinition({ ...good, codeChange: { '1': step } })).toThrow(refused)
})

test('a downgrade is a function, goes record by record, or leaves the state unchanged', () => {
  const refused = expect.objectContaining({ path: 'downgrade["1"]' }) as Error
  expect(() => looseDefinition({ ...good, downgrade: { '1': 'as it is' } })).toThrow(refused)
  const tables = { cities: 'unchanged', places: { towns: change, ruins: 'unchanged' }, cache: {} }
  const steps = { '1': { tables, state: change }, '0': change, '00': 'unchanged' }
  const { contract } = new Version({ ...good, downgrade: steps, codeChange: { '1': { tables } } })
  expect(contract).toMatchObject({
    downgrade: { '0': 'function', '1': 'records', '00': 'unchanged' },
    codeChange: { '1': 'records' },
  })
})

test.each([null, 'table', { cities: 1 }])('tables: %o is no way to make tables', (tables) => {
  expect(() => looseDefinition({ ...good, tables })).toThrow(
    expect.objectContaining({ code: 'NOT_A_DEFINITION' }),
  )
})
