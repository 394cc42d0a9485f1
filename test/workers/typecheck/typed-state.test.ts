// @module-tag once
import { expect, test } from 'vitest'
import typedState from '../../../workers/typecheck/typed-state.ts'
import { project, requestOf, v1, v2 } from '../../support/typecheck.ts'

test('the shape of the older version’s states is read from its sources', async () => {
  const root = await project()
  const older = {
    'main.ts': `import type { State } from './state.ts'
${v1('  init: async (): Promise<State> => ({ seats: new Map(), tree: null }),')}`,
    'state.ts': `export interface Tree { left?: Tree }
export interface State { seats: Map<string, Date>; tree: Tree | null; note?: 'a' | 'b' }`,
  }
  const result = typedState(requestOf(root, older, v2('  init: () => ({ count: 0 }),')))
  if (result.kind !== 'shape' || result.shape === undefined) throw new Error(JSON.stringify(result))
  const { root: shape, named } = result.shape
  const [name = ''] = Object.keys(named)
  const tree = { kind: 'named', name }
  expect(named[name]).toEqual({
    kind: 'object',
    fields: [{ name: 'left', shape: tree, isOptional: true }],
  })
  const options = ['a', 'b'].map((value) => ({ kind: 'literal', value }))
  const none = { kind: 'literal', value: null }
  expect(shape).toMatchObject({
    kind: 'object',
    fields: [
      { name: 'seats', shape: { kind: 'map', key: { kind: 'string' }, value: { kind: 'date' } } },
      { name: 'tree', shape: { kind: 'union', options: [none, tree] } },
      { name: 'note', shape: { kind: 'union', options }, isOptional: true },
    ],
  })
})

test('states that are inferred from what init returns have a shape too', async () => {
  const root = await project()
  const older = v1(
    '  init: (args: { start: number }) => ({ count: args.start, log: [] as string[] }),',
  )
  const result = typedState(requestOf(root, older, v2('  init: () => ({ count: 0 }),')))
  expect(result).toEqual({
    kind: 'shape',
    shape: {
      root: {
        kind: 'object',
        fields: [
          { name: 'count', shape: { kind: 'number' }, isOptional: false },
          { name: 'log', shape: { kind: 'array', element: { kind: 'string' } }, isOptional: false },
        ],
      },
      named: {},
    },
  })
})

test('there is none where the definition cannot be followed', async () => {
  const root = await project()
  const older = 'export default JSON.parse("{}") as never'
  const result = typedState(requestOf(root, older, v2('  init: () => ({ count: 0 }),')))
  expect(result).toEqual({ kind: 'shape', shape: undefined })
})

test('tables are told apart, and have the shapes of Maps', async () => {
  const root = await project()
  const older = v1(
    `  init: () => ({ n: new Map<string, 1>(), all: new Towns(), some: null! as Table<number, string> | undefined, any: table() }),
  tables: { all: () => new Towns() },`,
  )
  const above =
    "import { Table, table } from 'moult'\nclass Towns extends Table<'a' | 'b', Date> {}\n"
  const result = typedState(requestOf(root, above + older, v2('  init: () => ({ count: 0 }),')))
  if (result.kind !== 'shape' || result.shape?.root.kind !== 'object') throw new Error('no object')
  const { root: shape, tables } = result.shape
  expect(tables).toEqual(['all', 'some', 'any'])
  const [one, other] = ['a', 'b'].map((value) => ({ kind: 'literal', value }))
  expect(shape.fields.map((field) => field.shape)).toMatchObject([
    { kind: 'map', value: { kind: 'literal', value: 1 } },
    { kind: 'map', key: { kind: 'union', options: [one, other] }, value: { kind: 'date' } },
    { kind: 'union', options: [{ value: undefined }, { kind: 'map', key: { kind: 'number' } }] },
    { kind: 'map', key: { kind: 'union' }, value: { kind: 'any' } },
  ])
})
