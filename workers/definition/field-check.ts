import { describe } from '../../src/protocol/bytes/clone-bytes.ts'
import { MoultError } from '../../src/protocol/errors.ts'
import { hintOf } from '../../src/protocol/nearest-name.ts'

/**
 * Refuses a field that is no plain object, or has an invalid entry. What a Map holds and what a class inherits would not
 * be found.
 */
export function checkEntries(
  field: string,
  entries: unknown,
  isRight: (entry: unknown) => boolean,
  expected: string,
): asserts entries is Record<string, unknown> {
  if (!isRecord(entries)) refuse(field, 'an object', entries)
  if (!isPlain(entries)) refuse(field, 'a plain object', entries)
  const [symbol] = Object.getOwnPropertySymbols(entries)
  if (symbol !== undefined) refuse(field, 'an object whose names are texts', symbol)
  for (const [name, entry] of Object.entries(entries)) {
    if (!isRight(entry)) refuse(`${field}[${JSON.stringify(name)}]`, expected, entry)
  }
}

/** Refuses a field that is no object, or has unknown fields. */
export function checkFields(
  field: string,
  value: unknown,
  known: readonly string[],
): asserts value is Record<string, unknown> {
  if (!isRecord(value)) refuse(field, 'an object', value)
  const unknownField = Object.keys(value).find((name) => !known.includes(name))
  if (unknownField !== undefined) refuseField(field, known, unknownField)
}

/** Whether a value can be called. */
export function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

/** Whether a value is an object with fields. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Of `{}`, of a module, or without a prototype; in any realm. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Refuses a field that does not exist. @throws MoultError `NOT_A_DEFINITION` */
export function refuseField(where: string, known: readonly string[], name: string): never {
  const expected = `only the fields ${known.join(', ')}`
  const received = describe(name)
  const hint = hintOf(name, known)
  const message = `${where} should be ${expected}, but is ${received}${hint}`
  throw new MoultError('NOT_A_DEFINITION', message, { path: where, expected, received })
}

/** Refuses a definition. @throws MoultError `NOT_A_DEFINITION` */
export function refuse(where: string, expected: string, value: unknown): never {
  const received = describe(value)
  throw new MoultError('NOT_A_DEFINITION', `${where} should be ${expected}, but is ${received}`, {
    path: where,
    expected,
    received,
  })
}
