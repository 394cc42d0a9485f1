import { types } from 'node:util'
import { describe } from '../../src/protocol/bytes/clone-bytes.ts'
import { MoultError } from '../../src/protocol/errors.ts'
import type { TableKey } from '../../src/protocol/definition/table-mark.ts'
import { isPlainObject } from './shape-fit.ts'
import { setField } from './state-place.ts'
import { wholeTable } from '../tables/table-state.ts'
import type { Handed } from '../tables/table-state.ts'

/** Turns a state with Maps in these fields into one with tables, as for a hand-over. In place. */
export function handedWith(state: unknown, tables: readonly string[]): Handed {
  if (!isPlainObject(state)) return { rest: state, tablePayload: undefined }
  const chunks = tables.flatMap((name) => {
    const records = Object.hasOwn(state, name) ? state[name] : undefined
    if (!types.isMap(records)) return []
    return [wholeTable(name, { records: records as Map<TableKey, unknown>, freeze: false })]
  })
  if (chunks.length === 0) return { rest: state, tablePayload: undefined }
  const fields = chunks.map(({ table }) => table)
  for (const field of fields) setField(state, field, undefined)
  return { rest: state, tablePayload: { fields, sent: undefined, chunks } }
}

/**
 * Gives a sample Maps for its tables. JSON has no Maps: it has pairs, or an object if the keys are texts.
 * @throws MoultError `INVALID_OPTION` with the path to a field that is no table.
 */
export function withTableMaps(sample: unknown, tables: readonly string[]): unknown {
  if (!isPlainObject(sample)) return sample
  const copy = { ...sample }
  for (const name of tables) {
    if (Object.hasOwn(copy, name)) setField(copy, name, mapOf(copy[name], `state.${name}`))
  }
  return copy
}

function mapOf(value: unknown, path: string): unknown {
  if (types.isMap(value) || value === undefined) return value
  if (isPlainObject(value)) return new Map(Object.entries(value))
  if (Array.isArray(value) && value.every(isPair)) return new Map(value)
  const expected = 'records of a table, as [[key, value], …]'
  const received = describe(value)
  const message = `${path} of a state that was given should be ${expected}, but is ${received}`
  throw new MoultError('INVALID_OPTION', message, { path, expected, received })
}

function isPair(value: unknown): value is readonly [unknown, unknown] {
  return Array.isArray(value) && value.length === 2
}
