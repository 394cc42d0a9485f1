import { sharedNow } from '../clock.ts'
import type { CloneBytes } from '../bytes/clone-bytes.ts'

/** The longest state (bytes) that is left behind. For a longer one, the seed and its number must do. */
const CAPACITY = 1 << 20
const HEADER = 16

/** The state under test, in shared memory: it can be read after its thread has died of it. */
export class CandidateCell {
  readonly memory: SharedArrayBuffer
  readonly #words: Int32Array
  readonly #start: Float64Array
  readonly #bytes: Uint8Array

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(HEADER + CAPACITY)) {
    this.memory = memory
    this.#words = new Int32Array(memory, 0, 2)
    this.#start = new Float64Array(memory, 8, 1)
    this.#bytes = new Uint8Array(memory, HEADER)
  }

  /** When (ms, by {@link sharedNow}) candidates could begin; 0 while the images are being imported. */
  get startedAt(): number {
    return this.#start[0] ?? 0
  }

  /** How many candidates have begun; 0 while the images are being imported. */
  get begun(): number {
    return Atomics.load(this.#words, 0)
  }

  /** The state of the last candidate that has begun, if it was short enough. */
  get state(): CloneBytes | undefined {
    const length = Atomics.load(this.#words, 1)
    if (this.begun === 0 || length < 0) return undefined
    return new Uint8Array(this.#bytes.subarray(0, length))
  }

  /** Once the images have been imported. */
  start(): void {
    this.#start[0] = sharedNow()
  }

  /** Before each candidate. */
  begin(state: Uint8Array): void {
    const isShort = state.length <= this.#bytes.length
    if (isShort) this.#bytes.set(state)
    Atomics.store(this.#words, 1, isShort ? state.length : -1)
    Atomics.add(this.#words, 0, 1)
  }
}
