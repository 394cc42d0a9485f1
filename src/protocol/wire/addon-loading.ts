/** No addon is loaded now. A higher number says how many are: one may load another. */
const NONE = 0
/** The thread is ended: no addon is loaded any more. */
const ENDING = -1

/**
 * Whether a thread loads a native addon just now, in a word of shared memory. Ending a thread meanwhile may abort Node.
 * Main and the thread swap the word: the first decides.
 */
export class AddonLoading {
  readonly #word: Int32Array

  /** On both sides with the same memory, which comes from {@link AddonLoading.allocate}. */
  constructor(memory: SharedArrayBuffer) {
    this.#word = new Int32Array(memory)
  }

  static allocate(): SharedArrayBuffer {
    return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
  }

  /** The thread begins to load one. In a thread that is being ended this does not return. */
  begin(): void {
    for (;;) {
      const loading = Atomics.load(this.#word, 0)
      if (loading === ENDING) Atomics.wait(this.#word, 0, ENDING)
      else if (Atomics.compareExchange(this.#word, 0, loading, loading + 1) === loading) return
    }
  }

  /** The thread has loaded one. */
  end(): void {
    Atomics.sub(this.#word, 0, 1)
  }

  /** Main is about to end the thread. False where it loads one: then nothing has changed. */
  refuse(): boolean {
    const before = Atomics.compareExchange(this.#word, 0, NONE, ENDING)
    return before === NONE || before === ENDING
  }
}
