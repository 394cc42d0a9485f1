import { Deferred } from '../../../src/protocol/deferred.ts'

/** Why a handler stands still at an item: for a copy of the state, which main may have to keep, or for an upgrade. */
export type PauseReason = 'copy' | 'checkpoint' | 'upgrade'

/** Where a handler with streams can be stopped: between two items. */
export class StoppingPoint {
  readonly #onRest: () => void
  readonly #pauses = new Set<PauseReason>()
  /** While it waits here. */
  #wake: Deferred<void> | undefined
  #state: 'running' | 'ending' | 'ended' = 'running'
  #isCancelled = false

  /** @param onRest called when the handler stands still that has been paused, or has been ended */
  constructor(onRest: () => void) {
    this.#onRest = onRest
  }

  /** Whether the handler does nothing until it goes on. */
  get isAtRest(): boolean {
    const isPaused = this.#state === 'running' && this.#wake !== undefined && this.#isPaused
    return isPaused || this.#state === 'ended'
  }

  /** Whether it has been ended, so that another can go on with its streams. */
  get hasEnded(): boolean {
    return this.#state === 'ended'
  }

  /** Whether nothing waits for the handler any more. */
  get isCancelled(): boolean {
    return this.#isCancelled
  }

  get isToEnd(): boolean {
    return this.#isCancelled || this.#state !== 'running'
  }

  get #isPaused(): boolean {
    return this.#pauses.size > 0
  }

  /** Waits until it `mayGoOn` and is not paused. False where the handler is to end here. */
  async pass(mayGoOn: () => boolean): Promise<boolean> {
    while (!this.isToEnd && (this.#isPaused || !mayGoOn())) {
      const woken = (this.#wake ??= new Deferred<void>())
      if (this.#isPaused) this.#onRest()
      await woken.promise
    }
    return !this.isToEnd
  }

  /** Looks again whether those that wait here may go on. */
  wake(): void {
    const waiting = this.#wake
    this.#wake = undefined
    waiting?.resolve()
  }

  pause(reason: PauseReason): void {
    this.#pauses.add(reason)
  }

  goOn(reason: PauseReason): void {
    if (this.#pauses.delete(reason) && !this.#isPaused) this.wake()
  }

  /** Ends a handler that stands still. */
  end(): void {
    if (this.#state !== 'running') return
    this.#state = 'ending'
    this.wake()
  }

  /** The handler has been ended. Resolves to whether it is to begin once more, here. */
  async ended(): Promise<boolean> {
    this.#state = 'ended'
    while (this.#isPaused && !this.#isCancelled) {
      const woken = (this.#wake ??= new Deferred<void>())
      this.#onRest()
      await woken.promise
    }
    this.#state = 'running'
    return !this.#isCancelled
  }

  /** Nothing waits for the handler any more: it is to end at its next item. */
  cancel(): void {
    this.#isCancelled = true
    this.wake()
  }
}
