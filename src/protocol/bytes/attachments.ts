import { types } from 'node:util'

/** What is beside the bytes of a cargo, by the number under which they know it: large buffers, and memory that is shared. */
export type Beside = ReadonlyMap<number, ArrayBufferLike>

/** Without the memory that is shared. */
export function buffersIn(beside: Beside): ArrayBuffer[] {
  return [...beside.values()].filter((buffer) => !types.isSharedArrayBuffer(buffer))
}
