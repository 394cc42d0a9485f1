import type { FieldShape, Shape, StateShape } from '../../src/protocol/jobs/state-shape.ts'
import { shapeOfJsonSchema } from './json-schema-shape.ts'
import type { SearchedVersion } from './searched-version.ts'

/** The shape of the states of a version, by its schema or its type. */
export interface SearchedShape {
  readonly shape: StateShape | undefined
  readonly source: 'schema' | 'type'
}

/** The shape by a version's schema if that can be read, else by its type. Only the type tells tables. */
export function searchedShape(
  version: SearchedVersion,
  ofType: StateShape | undefined,
): SearchedShape {
  const described = version.schema?.jsonSchema()
  const source = described === undefined ? 'type' : 'schema'
  const shape = described === undefined ? ofType : shapeOfJsonSchema(described)
  if (shape === undefined || ofType === undefined) return { shape, source }
  return { shape: withTables(shape, ofType, version), source }
}

/** Adds the tables of a state: keys by the type, values by their own schemas if these can be read. */
function withTables(shape: StateShape, ofType: StateShape, version: SearchedVersion): StateShape {
  const { root } = shape
  const { tables = [] } = ofType
  if (tables.length === 0 || root.kind !== 'object' || ofType.root.kind !== 'object') return shape
  const named: Record<string, Shape> = { ...ofType.named, ...shape.named }
  const fields = ofType.root.fields.filter(({ name }) => tables.includes(name))
  const own = fields.map((field): FieldShape => {
    const described = version.tableSchemas.get(field.name)?.jsonSchema()
    if (described === undefined || field.shape.kind !== 'map') return field
    const value = shapeOfJsonSchema(described, `${field.name} `)
    Object.assign(named, value.named)
    return { ...field, shape: { ...field.shape, value: value.root } }
  })
  const others = root.fields.filter(({ name }) => !tables.includes(name))
  return { root: { ...root, fields: [...others, ...own] }, named, tables }
}
