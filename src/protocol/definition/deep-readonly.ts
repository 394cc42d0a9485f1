/** Types that stay as they are: without assignable fields, or no plain data. */
type Leaf = string | number | bigint | boolean | symbol | null | undefined | Date | RegExp | Error
type Opaque = Leaf | ArrayBuffer | SharedArrayBuffer | ArrayBufferView

/** A value that is read-only all the way down. */
export type DeepReadonly<Value> = 0 extends 1 & Value
  ? Value
  : Value extends Opaque | ((...parameters: never) => unknown)
    ? Value
    : Value extends ReadonlyMap<infer K, infer V>
      ? ReadonlyMap<DeepReadonly<K>, DeepReadonly<V>>
      : Value extends ReadonlySet<infer Item>
        ? ReadonlySet<DeepReadonly<Item>>
        : Value extends object
          ? { readonly [Name in keyof Value]: DeepReadonly<Value[Name]> }
          : Value

/** Freezes a value and all that it holds. Of Maps, Sets and buffers only the contents can be frozen. */
export function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  if (ArrayBuffer.isView(value) || Object.isFrozen(value)) return
  Object.freeze(value)
  if (value instanceof Map) {
    for (const [key, item] of value) [key, item].forEach(deepFreeze)
  } else if (value instanceof Set) {
    value.forEach(deepFreeze)
  } else {
    Object.values(value).forEach(deepFreeze)
  }
}
