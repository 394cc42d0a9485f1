import { isDeepStrictEqual, types } from 'node:util'
import { isPlainObject } from './shape-fit.ts'
import { setField } from './state-place.ts'

/** Whether two values are deeply equal; for Node 20's own `isDeepStrictEqual` invalid Dates never are. */
export function isSame(one: unknown, other: unknown): boolean {
  if (isDeepStrictEqual(one, other)) return true
  const dates = { invalid: 0 }
  const copies = [one, other].map((each) => withoutInvalidDates(structuredClone(each), dates))
  return dates.invalid > 0 && isDeepStrictEqual(copies[0], copies[1])
}

const invalidDate = Symbol('Invalid Date')

/** Replaces invalid Dates in a value by values that equal themselves. In place. */
function withoutInvalidDates(
  value: unknown,
  dates: { invalid: number },
  seen = new Set<unknown>(),
): unknown {
  if (types.isDate(value) && Number.isNaN(value.getTime())) {
    dates.invalid++
    return invalidDate
  }
  if (seen.has(value)) return value
  seen.add(value)
  const settle = (part: unknown): unknown => withoutInvalidDates(part, dates, seen)
  if (types.isMap(value)) {
    const entries = [...value].map(([key, item]) => [settle(key), settle(item)] as const)
    value.clear()
    for (const [key, item] of entries) value.set(key, item)
  } else if (types.isSet(value)) {
    const members = [...value].map(settle)
    value.clear()
    for (const member of members) value.add(member)
  } else if (Array.isArray(value) || isPlainObject(value)) {
    for (const [name, item] of Object.entries(value)) setField(value, name, settle(item))
  }
  return value
}
