import { inspect, types } from 'node:util'
import { stepTo } from '../../src/protocol/step-to.ts'
import { isSame } from './sameness.ts'
import { isPlainObject } from './shape-fit.ts'

/** The first difference of two values. */
export interface Difference {
  /** Such as `state.users[0].name`. */
  readonly path: string
  readonly before: unknown
  readonly after: unknown
  /** Names the value that has nothing at the path. */
  readonly missing?: 'before' | 'after'
}

/** Finds the first difference of two values; undefined where they are deeply equal. */
export function differenceOf(
  before: unknown,
  after: unknown,
  path: string,
): Difference | undefined {
  if (isSame(before, after)) return undefined
  const one = partsOf(before)
  const other = partsOf(after)
  if (one === undefined || other === undefined || kindOf(before) !== kindOf(after)) {
    return { path, before, after }
  }
  for (const [step, item] of one) {
    if (!other.has(step))
      return { path: path + step, before: item, after: undefined, missing: 'after' }
    const found = differenceOf(item, other.get(step), path + step)
    if (found !== undefined) return found
  }
  for (const [step, item] of other) {
    if (!one.has(step))
      return { path: path + step, before: undefined, after: item, missing: 'before' }
  }
  return { path, before, after }
}

/** A difference in words. */
export function tellDifference({ path, before, after, missing }: Difference): string {
  if (missing === 'after') return `${path} was ${print(before)} and is missing afterwards`
  if (missing === 'before') return `${path} was not there and is ${print(after)} afterwards`
  return `${path} was ${print(before)} and is ${print(after)} afterwards`
}

function print(value: unknown): string {
  return inspect(value, { depth: 2, maxArrayLength: 5, maxStringLength: 60, breakLength: Infinity })
}

function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value)
}

function partsOf(value: unknown): Map<string, unknown> | undefined {
  if (Array.isArray(value))
    return new Map(Object.entries(value).map(([at, item]) => [`[${at}]`, item]))
  if (types.isMap(value)) {
    return new Map([...value].map(([key, item]) => [`.get(${print(key)})`, item]))
  }
  if (!isPlainObject(value)) return undefined
  return new Map(Object.entries(value).map(([name, item]) => [stepTo(name), item]))
}
