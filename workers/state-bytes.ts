import type { CloneBytes } from '../src/protocol/clone-bytes.ts'
import { emptyTable, encodeState, tablesOf, wholeTable, withoutTables } from './table-state.ts'
import { encodeHanded } from './table-state.ts'

/** @throws MoultError `UNCLONEABLE_STATE` with the path to what is not data. */
export function proveCloneable(state: unknown): void {
  serialiseState(state)
}

/** The same of a state whose records have been proved. */
export function proveRest(state: unknown): void {
  withoutTables(state, tablesOf(state).keys(), (rest) => encodeHanded({ rest, parcel: undefined }))
}

/** The state as bytes, with all that is in its tables. @throws MoultError `UNCLONEABLE_STATE` */
export function serialiseState(state: unknown): CloneBytes {
  return encodeState(state, (tables) => {
    return { sent: undefined, chunks: Array.from(tables, (each) => wholeTable(...each)) }
  })
}

/** The state as bytes, with empty tables. @throws MoultError `UNCLONEABLE_STATE` */
export function serialiseRest(state: unknown): CloneBytes {
  return encodeState(state, (tables) => {
    return { sent: undefined, chunks: Array.from(tables, (each) => emptyTable(...each)) }
  })
}
