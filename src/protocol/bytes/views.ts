import { types } from 'node:util'

/** A typed array or a DataView. */
export type View = NodeJS.ArrayBufferView

type ViewConstructor = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => View

/** Both sides run in one Node, so a kind has the same index on both. */
const KINDS = [
  'DataView',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'BigInt64Array',
  'BigUint64Array',
] as const

const TypedArray = Object.getPrototypeOf(Uint8Array) as { readonly prototype: object }

/** A property as the language defines it, whatever a subclass or the object itself says. */
function intrinsic<Value>(prototype: object, name: string | symbol): (view: View) => Value {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name)
  return (view) => descriptor?.get?.call(view) as Value
}

const tagOf = intrinsic<string | undefined>(TypedArray.prototype, Symbol.toStringTag)
const ofArray = {
  buffer: intrinsic<ArrayBufferLike>(TypedArray.prototype, 'buffer'),
  offset: intrinsic<number>(TypedArray.prototype, 'byteOffset'),
  length: intrinsic<number>(TypedArray.prototype, 'length'),
}
const ofDataView = {
  buffer: intrinsic<ArrayBufferLike>(DataView.prototype, 'buffer'),
  offset: intrinsic<number>(DataView.prototype, 'byteOffset'),
  length: intrinsic<number>(DataView.prototype, 'byteLength'),
}

/** The parts of a view. The length is in elements. */
export interface ViewParts {
  /** -1 for an unknown kind. */
  readonly kind: number
  readonly buffer: ArrayBufferLike
  readonly offset: number
  readonly length: number
}

/** Reads the view itself, whatever its class or own properties say. */
export function partsOf(view: View): ViewParts {
  const name = types.isDataView(view) ? 'DataView' : tagOf(view)
  const { buffer, offset, length } = name === 'DataView' ? ofDataView : ofArray
  const kind = KINDS.indexOf(name as (typeof KINDS)[number])
  return { kind, buffer: buffer(view), offset: offset(view), length: length(view) }
}

/** A view made of its parts. @throws RangeError for an unknown kind. */
export function viewOf({ kind, buffer, offset, length }: ViewParts): View {
  const constructors = globalThis as unknown as Record<string, ViewConstructor>
  const View = constructors[KINDS[kind] ?? '']
  if (View === undefined) throw new RangeError(`there is no view of kind ${kind}`)
  return new View(buffer, offset, length)
}

/** Whether the buffer may change its size. Node 20's own types do not know of this. */
export function isResizable(buffer: ArrayBufferLike): boolean {
  const { resizable, growable } = buffer as { resizable?: boolean; growable?: boolean }
  return resizable === true || growable === true
}
