import { Deferred } from '../protocol/deferred.ts'
import type { MoultError } from '../protocol/errors.ts'
import { hasEnded, stopped } from './lifecycle.ts'
import type { Lifecycle, StopManner } from './lifecycle.ts'
import type { ProcessExit } from './process-exit.ts'

/** Where a process stands in its lifecycle, and who waits for it to go on or to end. */
export class Life {
  lifecycle: Lifecycle = 'starting'
  #manner: StopManner = 'halt'
  /** Made when they are asked for: an idle process should weigh little. */
  #transit: Deferred<void> | undefined
  #exited: Deferred<ProcessExit> | undefined
  #exit: ProcessExit | undefined

  /** Resolves when the process has ended for good; one that is made anew goes on. */
  get exited(): Promise<ProcessExit> {
    if (this.#exit !== undefined) return Promise.resolve(this.#exit)
    return (this.#exited ??= new Deferred()).promise
  }

  /** Resolves when the process serves, or has ended: neither moved nor made any more. */
  endOfTransit(): Promise<void> {
    if (this.lifecycle === 'running' || hasEnded(this)) return Promise.resolve()
    return (this.#transit ??= new Deferred()).promise
  }

  serve(): void {
    this.lifecycle = 'running'
    this.#transit?.resolve()
    this.#transit = undefined
  }

  beginRestart(): void {
    this.lifecycle = 'restarting'
  }

  beginStop(manner: StopManner): void {
    this.lifecycle = 'stopping'
    this.#manner = manner
  }

  end(exit: ProcessExit): void {
    this.lifecycle = 'stopped'
    this.#exit = exit
  }

  /** Tells of the end, behind the ends of its messages. */
  tellEnd(exit: ProcessExit): void {
    this.#transit?.resolve()
    this.#exited?.resolve(exit)
  }

  /** Whether what was accepted is still handled, or asked of it by handlers of others. */
  get handles(): boolean {
    const { lifecycle } = this
    const isDraining = lifecycle === 'stopping' && this.#manner !== 'halt'
    return lifecycle === 'running' || lifecycle === 'entering' || isDraining
  }

  /** Whether a process that stops takes what handlers of other processes ask, which stop with it. */
  get drainsAll(): boolean {
    return this.lifecycle === 'stopping' && this.#manner === 'drain-all'
  }

  /** For senders. Where the process ended by itself, the reason is the cause. */
  stoppedError(process: string): MoultError {
    return stopped(process, this.#exit?.error)
  }
}
