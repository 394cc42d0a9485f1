import { types } from 'node:util'
import { resolveShape } from '../../src/protocol/jobs/state-shape.ts'
import type {
  BinaryName,
  BinaryShape,
  NumberShape,
  ObjectShape,
  PlainShape,
  Shape,
  StateShape,
  StringShape,
  TupleShape,
} from '../../src/protocol/jobs/state-shape.ts'

type Named = StateShape['named']

/** Whether a value has a shape. Fields that an object's shape does not name are ignored. */
export function fits(value: unknown, shape: Shape, named: Named): boolean {
  return fitsWithin(value, shape, named, [])
}

/**
 * `within` holds the objects on the way here: a state that contains itself fits as far as it goes.
 * `asked` holds the names already tried for this value.
 */
function fitsWithin(
  value: unknown,
  given: Shape,
  named: Named,
  within: readonly unknown[],
  asked: readonly string[] = [],
): boolean {
  const names = given.kind === 'named' ? [...asked, given.name] : asked
  if (names.length > asked.length && asked.includes(names.at(-1) ?? '')) return false
  const shape = resolveShape(given, named)
  if (typeof value === 'object' && within.filter((each) => each === value).length > 1) return true
  const deeper = [...within, value]
  const each = (items: Iterable<unknown>, item: Shape): boolean =>
    [...items].every((one) => fitsWithin(one, item, named, deeper))
  switch (shape.kind) {
    case 'any':
      return true
    case 'none':
      return false
    case 'literal':
      // A Map turns the key -0 into 0.
      return value === shape.value || Object.is(value, shape.value)
    case 'union':
      return shape.options.some((option) => fitsWithin(value, option, named, within, names))
    case 'array':
      return (
        Array.isArray(value) &&
        isBetween(value.length, shape.minLength, shape.maxLength) &&
        each(value, shape.element)
      )
    case 'tuple':
      return Array.isArray(value) && fitsTuple(value, shape, each)
    case 'object':
      return isPlainObject(value) && fitsObject(value, shape, each)
    case 'map':
      return (
        types.isMap(value) && each(value.keys(), shape.key) && each(value.values(), shape.value)
      )
    case 'set':
      return types.isSet(value) && each(value, shape.element)
    default:
      return fitsLeaf(value, shape)
  }
}

type Leaf = PlainShape | NumberShape | StringShape | BinaryShape

function fitsLeaf(value: unknown, shape: Leaf): boolean {
  switch (shape.kind) {
    case 'number':
      return typeof value === 'number' && fitsNumber(value, shape)
    case 'string':
      return typeof value === 'string' && fitsString(value, shape)
    case 'date':
      return types.isDate(value)
    case 'regexp':
      return types.isRegExp(value)
    case 'binary':
      return isBinary(value, shape.of)
    default:
      return typeof value === shape.kind
  }
}

function fitsNumber(value: number, { isInteger, isFinite, min, max }: NumberShape): boolean {
  if (isInteger === true && !Number.isInteger(value)) return false
  if (isFinite === true && !Number.isFinite(value)) return false
  return isBetween(value, min, max)
}

function fitsString(value: string, { minLength, maxLength, pattern }: StringShape): boolean {
  if (!isBetween(value.length, minLength, maxLength)) return false
  return pattern === undefined || new RegExp(pattern, 'u').test(value)
}

type Each = (items: Iterable<unknown>, shape: Shape) => boolean

function fitsTuple(value: readonly unknown[], shape: TupleShape, each: Each): boolean {
  const { elements, required, rest } = shape
  if (value.length < required) return false
  if (rest === undefined && value.length > elements.length) return false
  const areRight = value.slice(0, elements.length).every((item, index) => {
    return each([item], elements[index] ?? { kind: 'any' })
  })
  return areRight && (rest === undefined || each(value.slice(elements.length), rest))
}

function fitsObject(value: object, { fields, rest }: ObjectShape, each: Each): boolean {
  const own = new Map<string, unknown>(Object.entries(value))
  const areRight = fields.every(({ name, shape, isOptional }) => {
    return own.has(name) ? each([own.get(name)], shape) : isOptional
  })
  if (!areRight || rest === undefined) return areRight
  const names = new Set(fields.map(({ name }) => name))
  const others = [...own].filter(([name]) => !names.has(name))
  return others.every(([name, item]) => each([name], rest.key) && each([item], rest.value))
}

function isBetween(size: number, min = -Infinity, max = Infinity): boolean {
  // NaN fits where there are no bounds.
  return !(size < min) && !(size > max)
}

/** Whether a value is an object that is cloned by its fields. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    Object.prototype.toString.call(value) === '[object Object]'
  )
}

/** Whether a value is bytes, of the named class if one is given. */
export function isBinary(
  value: unknown,
  name?: BinaryName,
): value is ArrayBuffer | ArrayBufferView {
  if (!ArrayBuffer.isView(value) && !types.isArrayBuffer(value)) return false
  return name === undefined || Object.prototype.toString.call(value) === `[object ${name}]`
}
