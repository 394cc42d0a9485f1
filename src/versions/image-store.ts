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

  /** Keeps a packed image in memory; one of a folder is stored already. The last one counts: its types may differ. */
  keep(hash: string, packed: Uint8Array | undefined): void {
    if (packed !== undefined) this.#packed.set(hash, packed)
  }

  /** The place of the bytes of an image; undefined for one that memory does not hold. */
  find(hash: string): Stored | undefined {
    if (this.directory !== undefined) return { store: this.directory }
    const packed = this.#packed.get(hash)
    return packed && { packed }
  }

  /** Removes an image from memory. One in a folder stays: other runtimes may use it. */
  forget(hash: string): void {
    this.#packed.delete(hash)
  }
}
