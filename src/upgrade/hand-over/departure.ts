import type { Isolate } from '../../isolates/isolate.ts'
import { stopped } from '../../processes/lifecycle.ts'
import type { Mover } from '../../processes/mover.ts'
import type { OpenCall } from '../../processes/open-calls.ts'
import type { Process } from '../../processes/process.ts'
import type { Activation } from '../../processes/activation.ts'
import { sharedNow } from '../../protocol/clock.ts'
import type { HandedOver } from '../../protocol/wire/messages.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import type { Deadlines } from '../limits/deadlines.ts'

/** One process's leaving: it stops where it is and gives its state up, and goes on there if the new version does not come to serve. */
export class Departure implements Mover {
  readonly #process: Process
  readonly #options: HandOverOptions
  readonly #deadlines: Deadlines
  #old: Activation | undefined
  #handedOver: HandedOver | undefined
  #requestedAt = 0
  #isToStop = false

  constructor(process: Process, options: HandOverOptions, deadlines: Deadlines) {
    this.#process = process
    this.#options = options
    this.#deadlines = deadlines
  }

  /** The place that it leaves, once it has been asked to. */
  get old(): Activation | undefined {
    return this.#old
  }

  /** Its state, once it has stopped. */
  get handedOver(): HandedOver | undefined {
    return this.#handedOver
  }

  /** When it was asked to stop. */
  get requestedAt(): number {
    return this.#requestedAt
  }

  /** Stops at the next message boundary. False where somebody wants the process to end before it has reached one: it goes on for that. */
  async stop(): Promise<boolean> {
    const { path } = this.#options
    this.#old = this.#process.suspend(this)
    this.#requestedAt = sharedNow()
    const handedOver = this.#old.suspend(path.leave)
    try {
      this.#handedOver = await this.#deadlines.suspend(handedOver)
    } catch (error) {
      if (this.#isToStop) {
        this.#leaveIt()
        return false
      }
      if (!this.#deadlines.isGivenUp(error) || this.#old.withdrawSuspend()) throw error
      // The boundary was reached in time: the state is on its way.
      this.#handedOver = await this.#awaitHandedOver(handedOver, this.#old.isolate)
    }
    return true
  }

  onStop(): void {
    // Whoever swaps the cell first decides: here main, or the process that has reached its boundary just now.
    if (this.#old?.withdrawSuspend(stopped(this.#process.label)) === true) this.#isToStop = true
  }

  /** Goes on until it has answered these calls. */
  async answer(calls: readonly OpenCall[]): Promise<void> {
    this.#leaveIt()
    const answered = Promise.allSettled(calls.map(({ answer }) => answer))
    await this.#deadlines.suspend(answered, 'answer a handler')
  }

  /** Goes on where it was, as if it had not been asked. */
  #leaveIt(): void {
    this.goBack()
    this.#old = undefined
    this.#handedOver = undefined
  }

  /** Goes on where it was, at once, with its own live state. */
  goBack(): void {
    if (this.#old !== undefined) this.#process.moveBack(this.#old)
  }

  /** Encoding ends by itself; the user's downgrade function may not. */
  async #awaitHandedOver(handedOver: Promise<HandedOver>, old: Isolate): Promise<HandedOver> {
    if (this.#options.path.leave.by !== 'downgrade') return handedOver
    return this.#deadlines.codeChangeIn([old], handedOver, 'end downgrade')
  }
}
