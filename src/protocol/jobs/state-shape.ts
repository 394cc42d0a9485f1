/** The shape of a state, as data: made from a schema or a type, and used to generate states. */
export interface StateShape {
  readonly root: Shape
  /** Shapes that contain themselves, by the name that {@link NamedShape} refers to. */
  readonly named: Readonly<Record<string, Shape>>
  /** Names of the fields that are tables; Maps are generated for them. Default none. */
  readonly tables?: readonly string[]
}

/** The shape of one value within a state. */
export type Shape =
  | AnyShape
  | NoShape
  | LiteralShape
  | PlainShape
  | NumberShape
  | StringShape
  | BinaryShape
  | ArrayShape
  | TupleShape
  | ObjectShape
  | MapShape
  | SetShape
  | UnionShape
  | NamedShape

/** Any value; JSON is generated. */
export interface AnyShape {
  readonly kind: 'any'
}

/** A shape without values, such as a function; `text` is the type as it is written. */
export interface NoShape {
  readonly kind: 'none'
  readonly text: string
}

/** Exactly one value. */
export interface LiteralShape {
  readonly kind: 'literal'
  readonly value: string | number | bigint | boolean | null | undefined
}

/** A kind of value without further constraints. */
export interface PlainShape {
  readonly kind: 'boolean' | 'bigint' | 'date' | 'regexp'
}

/** A number; NaN and the infinities too, unless it is finite. */
export interface NumberShape {
  readonly kind: 'number'
  readonly isInteger?: boolean
  readonly isFinite?: boolean
  /** The smallest and the largest allowed. */
  readonly min?: number
  readonly max?: number
}

/** A string. */
export interface StringShape {
  readonly kind: 'string'
  /** In UTF-16 code units. */
  readonly minLength?: number
  readonly maxLength?: number
  /** Source of a regular expression that matches somewhere in it. */
  readonly pattern?: string
  /** One of JSON Schema's formats, such as `date-time`. */
  readonly format?: string
}

/** Bytes, of a built-in class. */
export interface BinaryShape {
  readonly kind: 'binary'
  readonly of: BinaryName
}

/** The built-in classes of bytes. */
export const binaryNames = [
  'ArrayBuffer',
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
] as const

/** The name of a built-in class of bytes. */
export type BinaryName = (typeof binaryNames)[number]

/** An array of one kind of elements. */
export interface ArrayShape {
  readonly kind: 'array'
  readonly element: Shape
  readonly minLength?: number
  readonly maxLength?: number
}

/** An array with a shape for each element. Elements from `required` on may be missing, and `rest` may follow. */
export interface TupleShape {
  readonly kind: 'tuple'
  readonly elements: readonly Shape[]
  /** The number of elements that are always there. */
  readonly required: number
  readonly rest?: Shape
}

/** An object with named fields, and with others if there is a `rest`. */
export interface ObjectShape {
  readonly kind: 'object'
  readonly fields: readonly FieldShape[]
  readonly rest?: { readonly key: Shape; readonly value: Shape }
}

/** A named field of an object. */
export interface FieldShape {
  readonly name: string
  readonly shape: Shape
  readonly isOptional: boolean
}

/** A Map. */
export interface MapShape {
  readonly kind: 'map'
  readonly key: Shape
  readonly value: Shape
}

/** A Set. */
export interface SetShape {
  readonly kind: 'set'
  readonly element: Shape
}

/** One of several. */
export interface UnionShape {
  readonly kind: 'union'
  readonly options: readonly Shape[]
}

/** A shape of {@link StateShape.named}. */
export interface NamedShape {
  readonly kind: 'named'
  readonly name: string
}

/** The shape behind a name; any shape for an unknown name. */
export function resolveShape(shape: Shape, named: StateShape['named']): Exclude<Shape, NamedShape> {
  let current = shape
  // A name that leads only to itself says nothing.
  for (let steps = 0; current.kind === 'named' && steps < 100; steps++) {
    current = named[current.name] ?? { kind: 'any' }
  }
  return current.kind === 'named' ? { kind: 'any' } : current
}
