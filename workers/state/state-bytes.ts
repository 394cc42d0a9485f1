import { packAll, packDetached, provePackable } from '../../src/protocol/bytes/payload.ts'
import type { Payload, BufferSource } from '../../src/protocol/bytes/payload.ts'
import type { BatchWriter } from '../../src/protocol/bytes/payload-writer.ts'
import type { CloneBytes } from '../../src/protocol/bytes/clone-bytes.ts'
import type { CopyScope } from '../../src/protocol/wire/requests.ts'
import {
  emptyTable,
  encodeHanded,
  encodeState,
  tablesOf,
  wholeTable,
  withoutTables,
} from '../tables/table-state.ts'
import type { Encode } from '../tables/table-state.ts'

/** Of many states together each has at most this size: all of them wait on main at once. */
export const SMALL_BYTES = 16 * 1024

/** The bytes of a small state beside which there is nothing; undefined for any other. */
export function smallBytes({ bytes, attachments }: Payload): CloneBytes | undefined {
  return attachments === undefined && bytes.length <= SMALL_BYTES ? bytes : undefined
}

/** Proves that values are data. */
export type Prove = (values: readonly unknown[]) => void

/** @throws MoultError `UNCLONEABLE_STATE` with the path to what is not data. */
export function proveCloneable(state: unknown, prove: Prove = provePackable): void {
  encodeWhole(state, prove)
}

/** The same of a state whose records have been proved. */
export function proveRest(state: unknown, prove: Prove = provePackable): void {
  withoutTables(state, tablesOf(state).keys(), (rest) => {
    encodeHanded({ rest, tablePayload: undefined }, prove)
  })
}

/** The state as it goes to another version, with all that is in its tables, while this one keeps it. @throws MoultError `UNCLONEABLE_STATE` */
export function packState(state: unknown, preallocated?: BufferSource): Payload {
  return encodeWhole(state, (values) => packAll(values, preallocated))
}

/** The state as it may be tried on: nothing of it is shared. @throws MoultError `UNCLONEABLE_STATE` */
export function packCopy(state: unknown, scope: CopyScope, preallocated?: BufferSource): Payload {
  return encodeScope(scope)(state, (values) => packDetached(values, preallocated))
}

/** Adds a small state to those that are to be tried together. False where it is not small, or no data: then none of them is to be had. */
export function writeCopy(state: unknown, scope: CopyScope, writer: BatchWriter): boolean {
  return encodeScope(scope)(state, (values) => writer.add(values))
}

function encodeScope(scope: CopyScope): typeof encodeWhole {
  return scope === 'whole' ? encodeWhole : encodeRest
}

function encodeWhole<Result>(state: unknown, encode: Encode<Result>): Result {
  return encodeState(
    state,
    (tables) => ({ sent: undefined, chunks: Array.from(tables, (each) => wholeTable(...each)) }),
    encode,
  )
}

/** With empty tables. */
function encodeRest<Result>(state: unknown, encode: Encode<Result>): Result {
  return encodeState(
    state,
    (tables) => ({ sent: undefined, chunks: Array.from(tables, (each) => emptyTable(...each)) }),
    encode,
  )
}
