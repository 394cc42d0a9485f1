import type { CheckpointRule } from '../../../src/protocol/definition/checkpoint-rule.ts'
import { movesWith } from '../../../src/protocol/bytes/payload.ts'
import { CellState } from '../../../src/protocol/wire/progress.ts'
import type { ProgressCell } from '../../../src/protocol/wire/progress.ts'
import { encodeThrown } from '../../../src/protocol/wire/thrown.ts'
import { packState } from '../../state/state-bytes.ts'
import type { Version } from '../../state/version.ts'
import type { Outbox } from '../outbox.ts'
import type { Handlers } from './handlers.ts'
import { takeTurn } from './turn.ts'
import type { Turn } from './turn.ts'

/** The process whose state is copied. */
export interface CheckpointOwner {
  /** Undefined once it has ended. */
  readonly slot: number | undefined
  readonly cell: ProgressCell
  /** Gives it a turn. */
  pump(): void
}

/** What is copied. */
interface CopiedState {
  readonly exists: boolean
  /** With what must move of all that is open beside it. */
  saved(): unknown
}

/**
 * Sends copies of a state to main, between two messages. A turn ends where one is due, so that it goes out with the
 * replies of the messages that are in it.
 */
export class Checkpoints {
  readonly #rule: CheckpointRule
  readonly #owner: CheckpointOwner
  readonly #state: CopiedState
  /** How many messages had begun when the last one was made. */
  #madeAt = -1
  /** Whether one is due whatever has been handled. */
  #isDue = false
  #timer: NodeJS.Timeout | undefined

  constructor(rule: CheckpointRule, owner: CheckpointOwner, state: CopiedState) {
    this.#rule = rule
    this.#owner = owner
    this.#state = state
  }

  /** The process has a state: its next turn, which comes without a message, too, begins with a copy. */
  begin(): void {
    this.#isDue = true
    setImmediate(() => this.#owner.pump())
  }

  /** Takes a turn up to the next copy. True where more could be handled. */
  takeTurn(turn: Turn, quota: number): boolean {
    this.#makeIfDue(turn)
    const room = this.#madeAt + this.#most - turn.handlers.started
    const hasMore = takeTurn(turn, Math.max(1, Math.min(quota, room)))
    this.#makeIfDue(turn)
    this.#arm(turn.handlers)
    return hasMore
  }

  /** None is made any more. */
  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  get #most(): number {
    return this.#rule.everyMessages ?? Infinity
  }

  #makeIfDue({ handlers, version, outbox }: Turn): void {
    if (!this.#isDue && handlers.started - this.#madeAt < this.#most) return
    const { cell, slot } = this.#owner
    if (slot === undefined || !this.#state.exists || cell.state !== CellState.Running) return
    // Of several messages at once there may never be a moment without one.
    if (!handlers.isAtRest && version.contract.concurrency === 1)
      return handlers.streaming?.pause('checkpoint')
    this.#isDue = false
    this.#madeAt = handlers.started
    outbox.gather(...this.#make(slot, handlers.before, version))
    handlers.streaming?.goOn('checkpoint')
  }

  #make(slot: number, sequence: number, { toNextVersion }: Version): Parameters<Outbox['gather']> {
    try {
      const payload = packState(this.#state.saved(), toNextVersion)
      return [{ type: 'checkpoint', slot, sequence, ...payload }, movesWith(payload)]
    } catch (error) {
      return [{ type: 'checkpoint-failed', slot, error: encodeThrown(error) }]
    }
  }

  #arm({ started }: Handlers): void {
    const { everyMs } = this.#rule
    if (everyMs === undefined || this.#timer !== undefined || started === this.#madeAt) return
    this.#timer = setTimeout(this.#onTime, everyMs).unref()
  }

  readonly #onTime = (): void => {
    this.#timer = undefined
    this.#isDue = true
    this.#owner.pump()
  }
}
