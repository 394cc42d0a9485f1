import type { Destination } from '../../src/protocol/bytes/destination.ts'
import { packAll, packDetached } from '../../src/protocol/bytes/payload.ts'
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

/** The largest state in a batch (bytes): all states of a batch wait on main at once. */
export const SMALL_BYTES = 16 * 1024

/** The bytes of a small state without attachments; undefined for any other. */
export function smallBytes({ bytes, attachments }: Payload): CloneBytes | undefined {
  return attachments === undefined && bytes.length <= SMALL_BYTES ? bytes : undefined
}

/** @throws MoultError `UNCLONEABLE_STATE` with the path to what the next version would not get as it is. */
export function proveCloneable(state: unknown, to?: Destination): void {
  encodeWhole(state, nothing, to)
}

/** The same for a state whose records have been proved. */
export function proveRest(state: unknown, to?: Destination): void {
  withoutTables(state, tablesOf(state).keys(), (rest) => {
    encodeHanded({ rest, tablePayload: undefined }, nothing, to)
  })
}

/** What was looked at and found to cross need not be written to prove it. */
function nothing(): void {
  // The destination has been asked.
}

/**
 * Packs the state with its tables for another version; this version keeps it.
 * @throws MoultError `UNCLONEABLE_STATE`
 */
export function packState(state: unknown, to?: Destination, preallocated?: BufferSource): Payload {
  return encodeWhole(state, (values) => packAll(values, preallocated), to)
}

/** Packs a copy of the state for a dry run: nothing of it is shared. @throws MoultError `UNCLONEABLE_STATE` */
export function packCopy(
  state: unknown,
  scope: CopyScope,
  to?: Destination,
  preallocated?: BufferSource,
): Payload {
  return encodeScope(scope)(state, (values) => packDetached(values, preallocated), to)
}

/** Adds a small state to a batch of copies. False if it is not small, or no data: then the whole batch is void. */
export function writeCopy(
  state: unknown,
  scope: CopyScope,
  writer: BatchWriter,
  to?: Destination,
): boolean {
  return encodeScope(scope)(state, (values) => writer.add(values), to)
}

function encodeScope(scope: CopyScope): typeof encodeWhole {
  return scope === 'rest' ? encodeRest : encodeWhole
}

function encodeWhole<Result>(state: unknown, encode: Encode<Result>, to?: Destination): Result {
  return encodeState(
    state,
    (tables) => ({ sent: undefined, chunks: Array.from(tables, (each) => wholeTable(...each)) }),
    encode,
    to,
  )
}

/** Encodes the state with empty tables. */
function encodeRest<Result>(state: unknown, encode: Encode<Result>, to?: Destination): Result {
  return encodeState(
    state,
    (tables) => ({ sent: undefined, chunks: Array.from(tables, (each) => emptyTable(...each)) }),
    encode,
    to,
  )
}
