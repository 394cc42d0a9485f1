import type { Beside } from '../../src/protocol/bytes/attachments.ts'
import type { CloneBytes } from '../../src/protocol/bytes/clone-bytes.ts'
import { collect, consign } from '../../src/protocol/bytes/consignment.ts'
import type { Consignment } from '../../src/protocol/bytes/consignment.ts'
import { decodeHanded } from '../tables/table-state.ts'
import { TableTarget } from '../tables/table-target.ts'

/** A state whose large buffers are given away: all that is needed to make it again of what may come back. */
export class GivenState {
  readonly #live: unknown
  readonly #bytes: CloneBytes
  /** What nobody can take away: shared memory, and buffers that V8 does not move. */
  readonly #kept: Beside
  readonly consignment: Consignment

  /** Gives away what is beside the bytes of `live`. */
  constructor(live: unknown, bytes: CloneBytes, beside: Beside) {
    this.#live = live
    // A copy, for these move on to the new version. (A Buffer, which they may be, has a `slice` that is no copy.)
    this.#bytes = new Uint8Array(bytes)
    this.consignment = consign(beside)
    this.#kept = new Map([...beside].filter(([, buffer]) => buffer.byteLength > 0))
  }

  /** The state as it was, in new objects, but for its tables: these are the same ones still. */
  restore(returned: Consignment): unknown {
    const beside = new Map([...collect(returned), ...this.#kept])
    const { rest, parcel } = decodeHanded({ bytes: this.#bytes, beside })
    if (parcel === undefined) return rest
    const live = this.#live as Record<string, object>
    const tables = Object.fromEntries(parcel.fields.map((name) => [name, live[name] as object]))
    // Of tables that had gone ahead no record was given away.
    const given = parcel.sent === undefined ? parcel.chunks : []
    for (const chunk of given) new TableTarget(tables[chunk.table] as object).apply(chunk)
    return Object.assign(rest as object, tables)
  }
}
