import { isDeepStrictEqual, types } from 'node:util'
import { expect } from 'vitest'

type Fields = Record<string, unknown>
type Pair = readonly [copy: unknown, original: unknown, path: string]

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/**
 * Goes through both graphs in step: each object has one counterpart, of the same kind, with the same parts in the same
 * order. Deep equality alone does not see who is who, nor the order of keys.
 */
export function expectAlike(copy: unknown, original: unknown): void {
  const counterparts = new Map<object, object>()
  const taken = new Set<object>()
  const open: Pair[] = [[copy, original, 'state']]
  for (const [one, other, path] of open) {
    if (!isObject(other)) {
      if (!Object.is(one, other)) expect({ path, value: one }).toStrictEqual({ path, value: other })
      continue
    }
    const known = counterparts.get(other)
    if (known !== undefined) {
      if (known !== one) expect.fail(`${path} is another object than where it was seen first`)
      continue
    }
    if (!isObject(one) || taken.has(one)) return expect.fail(`${path} is not an object of its own`)
    taken.add(one)
    counterparts.set(other, one)
    expectPartsAlike(one, other, path, open)
  }
}

function expectPartsAlike(one: object, other: object, path: string, open: Pair[]): void {
  if (Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) {
    return expect.fail(`${path} has another prototype`)
  }
  if (types.isMap(other)) return entriesAlike(entriesOf(one), entriesOf(other), path, open)
  if (types.isSet(other)) return entriesAlike([...(one as Set<unknown>)], [...other], path, open)
  if (ArrayBuffer.isView(other))
    open.push([(one as DataView).buffer, other.buffer, `${path}.buffer`])
  if (types.isNativeError(other)) {
    open.push([(one as Error).cause, other.cause, `${path}.cause`])
    const fields = (error: Error): unknown[] => [error.name, error.message, error.stack]
    expect(fields(one as Error), path).toEqual(fields(other))
  } else if (Array.isArray(other) || isFields(other)) {
    keysAlike(Reflect.ownKeys(one), Reflect.ownKeys(other), path)
    for (const key of Object.keys(other)) {
      open.push([(one as Fields)[key], (other as Fields)[key], `${path}.${key}`])
    }
  } else if (!isDeepStrictEqual(one, other)) expect(one, path).toStrictEqual(other)
}

/** To compare each list of keys by Vitest takes longer than all else. */
function keysAlike(one: readonly unknown[], other: readonly unknown[], path: string): void {
  const isAlike = one.length === other.length && other.every((key, at) => one[at] === key)
  if (!isAlike) expect(one, path).toEqual(other)
}

function isFields(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

function entriesOf(map: object): unknown[] {
  return [...(map as Map<unknown, unknown>)].flat(1)
}

function entriesAlike(
  one: readonly unknown[],
  other: readonly unknown[],
  path: string,
  open: Pair[],
): void {
  if (one.length !== other.length) expect(one.length, path).toBe(other.length)
  other.forEach((value, at) => open.push([one[at], value, `${path}[${at}]`]))
}
