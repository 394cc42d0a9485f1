import { setImmediate as turn } from 'node:timers/promises'
import type { BufferSource } from '../../../src/protocol/bytes/payload.ts'

/** Bytes touched before the thread handles messages again: well below a millisecond. */
const SLICE = 512 * 1024
/** Bytes of a page: one write brings it in. */
const PAGE = 4096

/**
 * Allocates memory and touches each page. A copy into new memory is some ten times slower, since the system brings each
 * page in at its first use.
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

  /** Replaces the rest of earlier buffers. */
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
