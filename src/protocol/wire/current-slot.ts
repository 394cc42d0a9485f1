/** No process has the thread. */
const NONE = 0

/**
 * Which process has the thread just now, in a word of shared memory: main reads it even when the thread is dead. Only
 * the thread writes, and main reads it when that has ended: no atomic operation is needed.
 */
export class CurrentSlot {
  readonly #word: Int32Array

  /** On both sides with the same memory, which comes from {@link CurrentSlot.allocate}. */
  constructor(memory: SharedArrayBuffer) {
    this.#word = new Int32Array(memory)
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  }

  /** Undefined where none has it. */
  get slot(): number | undefined {
    const word = this.#word[0] ?? NONE
    return word === NONE ? undefined : word - 1
  }

  mark(slot: number): void {
    this.#word[0] = slot + 1
  }

  clear(): void {
    this.#word[0] = NONE
  }
}
