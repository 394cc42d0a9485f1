import { setImmediate as turn } from 'node:timers/promises'
import type { BufferSource } from '../../../src/protocol/bytes/payload.ts'

/** So much is touched before the thread sees to its messages (bytes): well below a millisecond. */
const SLICE = 512 * 1024
/** One byte in each page brings it in. */
const PAGE = 4096

/**
 * Memory that the system has really given. Copying into new memory is some ten times slower, for each page is brought in
 * at its first use: that is done here, in a thread that nobody waits for.
 */
export async function allocateBuffers(sizes: readonly number[]): Promise<ArrayBuffer[]> {
  const preallocated: ArrayBuffer[] = []
  for (const size of sizes) {
    const bytes = new Uint8Array(size)
    for (let at = 0; at < size; at += SLICE) {
      touch(bytes, at, Math.min(size, at + SLICE))
      await turn()
    }
    preallocated.push(bytes.buffer)
  }
  return preallocated
}

function touch(bytes: Uint8Array, from: number, to: number): void {
  for (let at = from; at < to; at += PAGE) bytes[at] = 1
}

/** Memory for the buffers of one state. */
export class PreallocatedBuffers implements BufferSource {
  #buffers: ArrayBuffer[] = []

  /** In place of what is left of an earlier one. */
  lend(buffers: readonly ArrayBuffer[]): void {
    this.#buffers = [...buffers]
  }

  take(byteLength: number): ArrayBuffer | undefined {
    const at = this.#buffers.findIndex((buffer) => buffer.byteLength === byteLength)
    return at < 0 ? undefined : this.#buffers.splice(at, 1)[0]
  }

  clear(): void {
    this.#buffers = []
  }
}
