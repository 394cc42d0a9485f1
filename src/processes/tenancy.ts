import type { Version } from '../code/version.ts'
import { Deferred } from '../protocol/deferred.ts'
import { isolateExited } from '../isolates/isolate.ts'
import type { Isolate, Tenant } from '../isolates/isolate.ts'
import type { ThreadExit } from '../isolates/thread.ts'
import type { CloneBytes } from '../protocol/clone-bytes.ts'
import type {
  Enter,
  EnteredState,
  FromIsolate,
  HandedOver,
  LogLine,
  Migration,
  Outcome,
  Replies,
  Request,
} from '../protocol/messages.ts'
import type { ProgressCell } from '../protocol/progress.ts'
import { decodeError } from '../protocol/thrown.ts'

/** Who lives in a tenancy: what a process is told of what happens there. */
export interface Resident {
  onReply(tenancy: Tenancy, sequence: number, outcome: Outcome, value: unknown): void
  /** All replies that came together have been given out. */
  onBatch(tenancy: Tenancy): void
  onRequest(tenancy: Tenancy, request: Request): void
  onUpgradeSelf(tenancy: Tenancy): void
  onLog(tenancy: Tenancy, line: LogLine): void
  onExit(tenancy: Tenancy, exit: ThreadExit): void
}

/** One process's place in one isolate. During an upgrade a process has two: the old one and the new one. */
export class Tenancy implements Tenant {
  readonly isolate: Isolate
  readonly version: Version
  readonly slot: number
  readonly cell: ProgressCell
  readonly #process: Resident
  /** Whether a handler has asked for a newer version: until {@link stay} nothing is handled here. */
  #isStepping = false
  #handedOver = new Deferred<HandedOver>()
  #attempt = 0
  readonly #entered = new Deferred<EnteredState>()

  constructor(isolate: Isolate, version: Version, process: Resident) {
    this.isolate = isolate
    this.version = version
    this.#process = process
    const { slot, cell } = isolate.admit(this)
    this.slot = slot
    this.cell = cell
  }

  /** How its isolate ended. Undefined while it is alive. */
  get exit(): ThreadExit | undefined {
    return this.isolate.exit
  }

  /** Asks for the state at the next message boundary. Take back with {@link withdrawSuspend}. */
  suspend(migration: Migration): Promise<HandedOver> {
    if (this.exit !== undefined) return Promise.reject(isolateExited(this.exit))
    this.#handedOver = new Deferred<HandedOver>()
    this.#attempt = this.cell.requestSuspend()
    const { slot } = this
    this.isolate.post({ type: 'suspend', slot, attempt: this.#attempt, migration })
    return this.#handedOver.promise
  }

  /** False when the process has suspended already, so that its state is on the way. */
  withdrawSuspend(): boolean {
    const isWithdrawn = this.cell.withdrawSuspend()
    // It may have stopped already, with messages in its queue.
    if (isWithdrawn) this.isolate.post({ type: 'go', slot: this.slot })
    return isWithdrawn
  }

  /** Lets a suspended process go on with its own live state. False when it had not suspended: then it kept its queue. */
  resume(): boolean {
    if (this.withdrawSuspend()) return false
    const wasSuspended = this.cell.resume()
    if (wasSuspended) this.isolate.post({ type: 'resume', slot: this.slot })
    return wasSuspended
  }

  /** Hands a state to this place. Messages may be delivered right behind it. */
  enter(message: Omit<Enter, 'type' | 'slot'>, bytes: CloneBytes): Promise<EnteredState> {
    if (this.exit !== undefined) return Promise.reject(isolateExited(this.exit))
    this.isolate.post({ ...message, type: 'enter', slot: this.slot }, [bytes.buffer])
    return this.#entered.promise
  }

  /** Lets a process that entered and holds handle messages. */
  release(): void {
    if (this.cell.release()) this.isolate.post({ type: 'go', slot: this.slot })
  }

  get isStepping(): boolean {
    return this.#isStepping
  }

  /** Answers a handler that asked for a newer version: this one goes on. */
  stay(): void {
    this.#isStepping = false
    if (this.exit !== undefined) return
    this.isolate.post({ type: 'stay', slot: this.slot })
    // What was held back meanwhile follows.
    this.#process.onBatch(this)
  }

  onReplies(
    sequence: number,
    outcome: Outcome,
    batch: readonly unknown[],
    from: number,
    to: number,
  ): void {
    for (let at = from; at < to; at++) {
      this.#process.onReply(this, sequence + at - from, outcome, batch[at])
    }
    this.#process.onBatch(this)
  }

  onMessage(message: Exclude<FromIsolate, Replies>): void {
    switch (message.type) {
      case 'handed-over':
        if (message.attempt === this.#attempt) this.#handedOver.resolve(message)
        return
      case 'not-handed-over':
        if (message.attempt === this.#attempt) this.#handedOver.reject(decodeError(message.error))
        return
      case 'entered':
        return this.#entered.resolve(message)
      case 'not-entered':
        return this.#entered.reject(decodeError(message.error))
      case 'request':
        return this.#process.onRequest(this, message)
      case 'upgrade-self':
        this.#isStepping = true
        return this.#process.onUpgradeSelf(this)
      case 'log':
        return this.#process.onLog(this, message)
    }
  }

  onExit(exit: ThreadExit): void {
    this.#handedOver.reject(isolateExited(exit))
    this.#entered.reject(isolateExited(exit))
    this.#process.onExit(this, exit)
  }
}
