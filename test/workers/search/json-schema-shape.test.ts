import { describe, expect, test } from 'vitest'
import { shapeOfJsonSchema } from '../../../workers/search/json-schema-shape.ts'

const text = { kind: 'string' }
const number = { kind: 'number', isFinite: true, isInteger: false }
const literal = (value: unknown): object => ({ kind: 'literal', value })

describe('the shape of a JSON Schema', () => {
  test.each<[object | boolean, object]>([
    [true, { kind: 'any' }],
    [false, { kind: 'none', text: 'false' }],
    [{}, { kind: 'any' }],
    [{ type: 'null' }, literal(null)],
    [{ type: 'boolean' }, { kind: 'boolean' }],
    [{ const: 'x' }, literal('x')],
    [
      { enum: ['a', 1, null] },
      { kind: 'union', options: [literal('a'), literal(1), literal(null)] },
    ],
    [{ type: 'number' }, number],
    [
      { type: 'integer', minimum: 1, exclusiveMaximum: 9 },
      { kind: 'number', isFinite: true, isInteger: true, min: 1, max: 8 },
    ],
    [
      { type: 'number', exclusiveMinimum: 0 },
      { ...number, min: 1e-6 },
    ],
    [
      { type: 'number', multipleOf: 1 },
      { ...number, isInteger: true },
    ],
    [
      { type: 'string', minLength: 1, maxLength: 9 },
      { kind: 'string', minLength: 1, maxLength: 9 },
    ],
    [
      { type: 'string', pattern: '^a$', format: 'uuid' },
      { kind: 'string', pattern: '^a$', format: 'uuid' },
    ],
    [{ type: 'string', pattern: '(' }, text],
    [{ type: ['string', 'null'] }, { kind: 'union', options: [text, literal(null)] }],
    [
      { anyOf: [{ type: 'string' }, { type: 'number' }] },
      { kind: 'union', options: [text, number] },
    ],
    [{ oneOf: [{ const: 1 }] }, literal(1)],
    [
      { type: 'array', items: { type: 'string' }, minItems: 2 },
      { kind: 'array', element: text, minLength: 2 },
    ],
    [{ items: { type: 'string' } }, { kind: 'array', element: text }],
    [
      { type: 'array', prefixItems: [{ type: 'string' }, { type: 'number' }] },
      { kind: 'tuple', elements: [text, number], required: 2 },
    ],
    [
      { type: 'array', items: [{ type: 'string' }], additionalItems: { type: 'number' } },
      { kind: 'tuple', elements: [text], required: 1, rest: number },
    ],
    [
      { type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'number' }, minItems: 0 },
      { kind: 'tuple', elements: [text], required: 0, rest: number },
    ],
    [
      {
        type: 'object',
        properties: { a: { type: 'string' }, b: true },
        required: ['a'],
        additionalProperties: false,
      },
      {
        kind: 'object',
        fields: [
          { name: 'a', shape: text, isOptional: false },
          { name: 'b', shape: { kind: 'any' }, isOptional: true },
        ],
      },
    ],
    [
      {
        type: 'object',
        additionalProperties: { type: 'number' },
        propertyNames: { pattern: '^x' },
      },
      {
        kind: 'object',
        fields: [],
        rest: { key: { kind: 'string', pattern: '^x' }, value: number },
      },
    ],
    [
      {
        allOf: [
          { type: 'object', properties: { a: { const: 1 } }, required: ['a'] },
          { properties: { b: { const: 2 } } },
        ],
      },
      {
        kind: 'object',
        fields: [
          { name: 'a', shape: literal(1), isOptional: false },
          { name: 'b', shape: literal(2), isOptional: true },
        ],
      },
    ],
    [
      {
        type: 'object',
        properties: { a: { const: 1 } },
        anyOf: [{ properties: { b: { const: 2 } }, required: ['b'] }],
      },
      {
        kind: 'object',
        fields: [
          { name: 'a', shape: literal(1), isOptional: true },
          { name: 'b', shape: literal(2), isOptional: false },
        ],
      },
    ],
  ])('%j', (schema, shape) => {
    expect(shapeOfJsonSchema(schema)).toEqual({ root: shape, named: {} })
  })

  test('follows references, to itself too', () => {
    const schema = {
      $defs: {
        'a/b': { type: 'array', items: { $ref: '#/$defs/a~1b' } },
        merged: { properties: { deep: { $ref: '#' } } },
      },
      type: 'object',
      properties: { list: { $ref: '#/$defs/a~1b' } },
      allOf: [{ $ref: '#/$defs/merged' }],
    }
    const { root, named } = shapeOfJsonSchema(schema)
    const list = { kind: 'named', name: '#/$defs/a~1b' }
    const fields = [
      { name: 'list', shape: list, isOptional: true },
      { name: 'deep', shape: { kind: 'named', name: '#' }, isOptional: true },
    ]
    expect(root).toEqual({ kind: 'object', fields })
    expect(named).toEqual({
      '#/$defs/a~1b': { kind: 'array', element: list },
      '#': { kind: 'object', fields },
    })
  })

  test('gives names that are told from those of another schema', () => {
    const { root, named } = shapeOfJsonSchema({ type: 'array', items: { $ref: '#' } }, 'cities ')
    const element = { kind: 'named', name: 'cities #' }
    expect(root).toEqual({ kind: 'array', element })
    expect(named).toEqual({ 'cities #': { kind: 'array', element } })
  })

  test('knows nothing of what lies elsewhere', () => {
    const { root, named } = shapeOfJsonSchema({ $ref: 'https://example.org/schema' })
    expect(root).toEqual({ kind: 'named', name: 'https://example.org/schema' })
    expect(Object.values(named)).toEqual([{ kind: 'any' }])
    expect(Object.values(shapeOfJsonSchema({ $ref: '#/nowhere' }).named)).toEqual([{ kind: 'any' }])
  })
})
