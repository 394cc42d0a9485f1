import { deserialise, serialise } from '../../../src/protocol/bytes/clone-bytes.ts'
import type { CloneBytes } from '../../../src/protocol/bytes/clone-bytes.ts'
import { pack, unpack } from '../../../src/protocol/bytes/payload.ts'
import type { Payload } from '../../../src/protocol/bytes/payload.ts'
import type { GraphSlice } from './slice.ts'

/** A slice on its way to another thread. To be packed before the graph is used again: some of its objects are in it. */
export function packSlice(slice: GraphSlice): Payload {
  return pack(slice)
}

/** The slice in the thread where it has arrived. */
export function unpackSlice(payload: Payload): GraphSlice {
  return unpack(payload) as GraphSlice
}

/** A slice as bytes for a disk. @throws what V8 throws for shared memory, which is in no file. */
export function sliceToBytes(slice: GraphSlice): CloneBytes {
  return serialise(slice)
}

/** A slice that was on a disk. */
export function sliceFromBytes(bytes: Uint8Array): GraphSlice {
  return deserialise(bytes) as GraphSlice
}
