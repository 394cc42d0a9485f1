import type { Stored } from '../protocol/jobs/bundle.ts'

/**
 * Where images are kept by their hash: packed in memory, or in a folder, in which case the bundling thread alone
 * touches them. Either way an image is compared with its hash whenever it is taken out.
 */
export class ImageStore {
  readonly directory: string | undefined
  readonly #packed = new Map<string, Uint8Array>()

  constructor(directory: string | undefined) {
    this.directory = directory
  }

  /** Keeps what the bundler made, unless it is in the folder already. What was made last counts: its types may be others. */
  keep(hash: string, packed: Uint8Array | undefined): void {
    if (packed !== undefined) this.#packed.set(hash, packed)
  }

  /** Where the bytes of an image are; undefined when it was never kept in memory. */
  find(hash: string): Stored | undefined {
    if (this.directory !== undefined) return { store: this.directory }
    const packed = this.#packed.get(hash)
    return packed && { packed }
  }

  /** Lets an image go. One in a folder stays: other runtimes may use it. */
  forget(hash: string): void {
    this.#packed.delete(hash)
  }
}
