import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fits } from '../../../workers/search/shape-fit.ts'
import { StateArbitrary } from '../../../workers/search/state-arbitrary.ts'
import { shapesOf } from '../../support/type-shape.ts'

const shapeOf = shapesOf({
  'search/types.ts': `
    type Primitives = [string, number, bigint, boolean, null, undefined]
    type Literals = 'a' | 1 | 2n | -3n | true | null
    enum Color { Red, Green = 'green' }
    interface Colored { color: Color }
    type Fields = { a: number; b?: string; c?: string | null; readonly d: boolean | undefined }
    type Lists = { a: number[]; b: readonly string[]; c: Array<{ d: 1 }> }
    type Tuples = { a: [number, string?]; b: [a: 1, ...rest: string[]]; c: [...number[], 'end']; d: readonly [] }
    type Records = { a: Record<string, number>; b: { [id: number]: 1 }; c: Record<'x' | 'y', 2>; d: Partial<Record<string, 3>> }
    type Built = { a: Map<string, Date>; b: ReadonlySet<RegExp>; c: Uint8Array; d: ArrayBuffer; e: Float64Array<ArrayBuffer>; f: Buffer; g: DataView }
    type Unknown = { a: unknown; b: any; c: object; d: {} }
    type Branded = { id: string & { readonly __brand: 'Id' }; both: { a: 1 } & { b: 2 } }
    type Templates = { a: \`ORD-\${number}\`; b: \`\${string}@\${'x' | 'y'}\`; c: Uppercase<string> }
    interface Tree { value: number; children: Tree[] }
    interface Chain { next: Chain | null }
    type Json = string | number | boolean | null | Json[] | { [key: string]: Json }
    interface Endless { self: Endless }
    type Growing<T> = { value: T; next?: Growing<T[]> }
    type Grown = Growing<1>
    class Point { x = 0; #hidden = 1; private y = 1; static zero = 0
      get length(): number { return this.x + this.y + this.#hidden }
      move(): void { this.x++ } }
    interface Bad { run: () => void; wait: Promise<number>; weak: WeakMap<object, 1>; sym: symbol; no: never }
    interface Odd { __proto__: 1; __two: 2; 'with space': 3; 0: 4 }
    type Generic<T extends { id: number }> = T
  `,
})

const root = (name: string): unknown => shapeOf(name).root
const text = { kind: 'string' }
const number = { kind: 'number' }
const literal = (value: unknown): object => ({ kind: 'literal', value })
const field = (name: string, shape: unknown, isOptional = false): object => ({
  name,
  shape,
  isOptional,
})
const object = (...fields: object[]): object => ({ kind: 'object', fields })
const union = (...options: unknown[]): object => ({ kind: 'union', options })

describe('the shape of a type', () => {
  test('of primitives', () => {
    expect(root('Primitives')).toEqual({
      kind: 'tuple',
      elements: [
        text,
        number,
        { kind: 'bigint' },
        { kind: 'boolean' },
        literal(null),
        literal(undefined),
      ],
      required: 6,
    })
  })

  test('of literals and enumerations', () => {
    const options = (root('Literals') as { options: unknown[] }).options
    expect(options).toHaveLength(6)
    for (const value of ['a', 1, 2n, -3n, true, null])
      expect(options).toContainEqual(literal(value))
    expect(root('Colored')).toEqual(object(field('color', union(literal(0), literal('green')))))
  })

  test('of fields', () => {
    const { fields } = root('Fields') as { fields: object[] }
    expect(fields[0]).toEqual(field('a', number))
    expect(fields[1]).toEqual(field('b', text, true))
    expect(fields[2]).toMatchObject({ name: 'c', isOptional: true })
    const { shape } = fields[2] as { shape: { options: unknown[] } }
    expect(new Set(shape.options)).toEqual(new Set([text, literal(null)]))
    expect(fields[3]).toMatchObject({ name: 'd', isOptional: false })
  })

  test('of lists and tuples', () => {
    expect(root('Lists')).toEqual(
      object(
        field('a', { kind: 'array', element: number }),
        field('b', { kind: 'array', element: text }),
        field('c', { kind: 'array', element: object(field('d', literal(1))) }),
      ),
    )
    const { fields } = root('Tuples') as { fields: { shape: object }[] }
    expect(fields.map(({ shape }) => shape)).toMatchObject([
      { kind: 'tuple', required: 1, elements: [number, {}] },
      { kind: 'tuple', required: 1, elements: [literal(1)], rest: text },
      { kind: 'array', element: union(number, literal('end')) },
      { kind: 'tuple', required: 0, elements: [] },
    ])
  })

  test('of records', () => {
    const { fields } = root('Records') as { fields: { shape: object }[] }
    expect(fields.map(({ shape }) => shape)).toMatchObject([
      { kind: 'object', fields: [], rest: { key: text, value: number } },
      {
        kind: 'object',
        fields: [],
        rest: { key: { kind: 'string', pattern: '^(?:0|[1-9]\\d{0,8})$' }, value: literal(1) },
      },
      { kind: 'object', fields: [field('x', literal(2)), field('y', literal(2))] },
      { kind: 'object', rest: { key: text, value: union(literal(undefined), literal(3)) } },
    ])
  })

  test('of what JavaScript has built in', () => {
    const { fields } = root('Built') as { fields: { shape: object }[] }
    expect(fields.map(({ shape }) => shape)).toEqual([
      { kind: 'map', key: text, value: { kind: 'date' } },
      { kind: 'set', element: { kind: 'regexp' } },
      { kind: 'binary', of: 'Uint8Array' },
      { kind: 'binary', of: 'ArrayBuffer' },
      { kind: 'binary', of: 'Float64Array' },
      { kind: 'binary', of: 'Uint8Array' },
      { kind: 'binary', of: 'DataView' },
    ])
  })

  test('of which nothing is known', () => {
    const any = { kind: 'any' }
    expect(root('Unknown')).toEqual(
      object(field('a', any), field('b', any), field('c', any), field('d', object())),
    )
    expect(root('Generic')).toEqual(object(field('id', number)))
  })

  test('of brands, intersections and templates', () => {
    const both = object(field('a', literal(1)), field('b', literal(2)))
    expect(root('Branded')).toEqual(object(field('id', text), field('both', both)))
    const { fields } = root('Templates') as { fields: { shape: object }[] }
    expect(fields.map(({ shape }) => shape)).toEqual([
      {
        kind: 'string',
        pattern: '^ORD-(?:-?\\d+(?:\\.\\d+)?)$'.replace('(?:-', '-').replace('?)$', '?$'),
      },
      union({ kind: 'string', pattern: '^[^]*@x$' }, { kind: 'string', pattern: '^[^]*@y$' }),
      text,
    ])
  })

  test('that contains itself', () => {
    expect(root('Tree')).toMatchObject({ kind: 'named' })
    const { name } = root('Tree') as { name: string }
    const tree = object(
      field('value', number),
      field('children', { kind: 'array', element: { kind: 'named', name } }),
    )
    expect(shapeOf('Tree').named).toEqual({ [name]: tree })
    expect(new StateArbitrary(shapeOf('Chain'), []).canMake).toBe(true)
    expect(new StateArbitrary(shapeOf('Json'), []).canMake).toBe(true)
    expect(new StateArbitrary(shapeOf('Endless'), []).canMake).toBe(false)
    expect(new StateArbitrary(shapeOf('Grown'), []).canMake).toBe(true)
  })

  test('of a class is its fields: what is cloned of it', () => {
    const { fields } = root('Point') as { fields: { name: string }[] }
    expect(fields.map(({ name }) => name)).toEqual(['x', 'y'])
  })

  test('that is no data', () => {
    const { fields } = root('Bad') as { fields: { name: string; shape: { kind: string } }[] }
    expect(fields.map(({ name, shape }) => [name, shape.kind])).toEqual(
      ['run', 'wait', 'weak', 'sym', 'no'].map((name) => [name, 'none']),
    )
    expect(fields[0]).toMatchObject({ shape: { text: '() => void' } })
  })

  test('with names that are odd', () => {
    const { fields } = root('Odd') as { fields: { name: string }[] }
    expect(fields.map(({ name }) => name)).toEqual(['__proto__', '__two', 'with space', '0'])
  })

  test.each([
    ...['Primitives', 'Literals', 'Colored', 'Fields', 'Lists', 'Tuples', 'Records', 'Built'],
    ...['Unknown', 'Branded', 'Templates', 'Tree', 'Chain', 'Json', 'Grown', 'Point', 'Odd'],
  ])('%s can be made up', (name) => {
    const shape = shapeOf(name)
    const made = fc.sample(new StateArbitrary(shape, []), { seed: 1, numRuns: 50 })
    expect(made.filter((each) => !fits(each, shape.root, shape.named))).toEqual([])
  })
})
