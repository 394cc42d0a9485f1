import { types } from 'node:util'
import type {
  BinaryName,
  FieldShape,
  Shape,
  StateShape,
} from '../../src/protocol/jobs/state-shape.ts'
import { binaryNames } from '../../src/protocol/jobs/state-shape.ts'
import { isBinary, isPlainObject } from './shape-fit.ts'

/** Below this depth, and in values that contain themselves, the shape is any. */
const MAX_DEPTH = 20

/**
 * The shape of states by samples: a field is optional if a sample lacks it, and null if one is null.
 * It keeps mutations close to the samples; no states are generated from it.
 */
export function shapeOfSamples(samples: readonly unknown[]): StateShape {
  return { root: shapeOf(samples, 0), named: {} }
}

function shapeOf(values: readonly unknown[], depth: number): Shape {
  if (values.length === 0 || depth > MAX_DEPTH) return { kind: 'any' }
  const options = [...groupByKind(values)].map(([kind, group]) => shapeOfKind(kind, group, depth))
  const [only] = options
  return options.length === 1 && only !== undefined ? only : { kind: 'union', options }
}

function groupByKind(values: readonly unknown[]): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>()
  for (const value of values) {
    const group = groups.get(kindOf(value))
    if (group === undefined) groups.set(kindOf(value), [value])
    else group.push(value)
  }
  return groups
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'object') return typeof value
  return Object.prototype.toString.call(value).slice(8, -1)
}

function shapeOfKind(kind: string, values: readonly unknown[], depth: number): Shape {
  const within = (parts: readonly unknown[]): Shape => shapeOf(parts, depth + 1)
  const [first] = values
  if (isBinary(first) && isBinaryName(kind)) return { kind: 'binary', of: kind }
  switch (kind) {
    case 'null':
    case 'undefined':
      return { kind: 'literal', value: kind === 'null' ? null : undefined }
    case 'boolean':
    case 'number':
    case 'bigint':
    case 'string':
      return { kind }
    case 'Date':
      return { kind: 'date' }
    case 'Array':
      return { kind: 'array', element: within((values as unknown[][]).flat()) }
    case 'Set':
      return { kind: 'set', element: within(values.filter(types.isSet).flatMap((set) => [...set])) }
    case 'Map':
      return shapeOfMaps(values.filter(types.isMap), within)
    case 'Object':
      return { kind: 'object', fields: fieldsOf(values.filter(isPlainObject), within) }
    default:
      return { kind: 'any' }
  }
}

function isBinaryName(name: string): name is BinaryName {
  return (binaryNames as readonly string[]).includes(name)
}

type Within = (parts: readonly unknown[]) => Shape

function shapeOfMaps(maps: readonly Map<unknown, unknown>[], within: Within): Shape {
  const entries = maps.flatMap((map) => [...map])
  return {
    kind: 'map',
    key: within(entries.map(([key]) => key)),
    value: within(entries.map(([, value]) => value)),
  }
}

function fieldsOf(objects: readonly Record<string, unknown>[], within: Within): FieldShape[] {
  const names = new Set(objects.flatMap((each) => Object.keys(each)))
  return [...names].map((name) => {
    const having = objects.filter((each) => Object.hasOwn(each, name))
    const shape = within(having.map((each) => each[name]))
    return { name, shape, isOptional: having.length < objects.length }
  })
}
