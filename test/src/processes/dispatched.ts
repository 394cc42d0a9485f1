import { Dispatch } from '../../../src/processes/dispatch.ts'
import { Overflow } from '../../../src/processes/overflow.ts'
import type { OverflowPolicy } from '../../../src/processes/overflow.ts'
import { Activation } from '../../../src/processes/activation.ts'
import type { ActivationObserver } from '../../../src/processes/activation.ts'
import type { Totals } from '../../../src/processes/totals.ts'
import type { Outcome } from '../../../src/protocol/wire/messages.ts'
import { CellState } from '../../../src/protocol/wire/progress.ts'
import { MemoryIsolate } from '../../support/memory-isolate.ts'
import type { ToThread } from '../../support/posted.ts'
import { sent, versionOf } from '../../support/told-process.ts'
import type { Sent } from '../../support/told-process.ts'

export const act = (): undefined => undefined
export const definition = {
  version: '1',
  init: act,
  calls: { get: act, old: act },
  casts: { put: act },
}
/** The numbers of its operations. */
export const operations = { get: 0, old: 1, put: 2 } as const
const first = versionOf(definition)

interface Options {
  readonly capacity?: number
  readonly policy?: OverflowPolicy
}

/** A dispatch whose process lives in an isolate in memory. */
export class Dispatched {
  readonly castsFailed: [name: string, error: unknown][] = []
  readonly dispatch: Dispatch
  readonly totals: Totals = { calls: 0, casts: 0, failed: 0, upgrades: 0, restarts: 0 }
  isolate = new MemoryIsolate()
  place: Activation

  constructor({ capacity = 10_000, policy = 'reject' }: Options = {}) {
    const onCastFailed = (name: string, error: unknown): void => {
      this.castsFailed.push([name, error])
    }
    const owner = { label: 'desk', totals: this.totals, onCastFailed }
    this.dispatch = new Dispatch(owner, new Overflow(capacity, policy))
    this.place = this.#enter(first)
  }

  /** Goes to live elsewhere. */
  move(version = first): void {
    this.isolate = new MemoryIsolate()
    this.place = this.#enter(version)
  }

  #enter(version: typeof first): Activation {
    this.isolate.slots.reserve()
    const observer: ActivationObserver = {
      onReply: (place, ...reply) => {
        if (place === this.place) this.dispatch.take(...reply)
      },
      onBatch: () => this.dispatch.trim(),
      onUpgradeSelf: () => undefined,
      onLetGo: () => undefined,
      onOutgoing: () => undefined,
      onLog: () => undefined,
      onExit: () => undefined,
    }
    const place = new Activation(this.isolate, version, observer)
    place.cell.place(CellState.Running, this.dispatch.next)
    return place
  }

  accept(...messages: Sent[]): void {
    for (const { message } of messages) this.dispatch.accept(message, first, '1')
  }

  /** Sends what may be sent, and says what the thread reads. */
  async send(isEntering = false): Promise<ToThread[]> {
    this.dispatch.send(this.place, isEntering)
    await Promise.resolve()
    return this.isolate.read()
  }

  /** The thread has begun all before `started`, and all before `finished` have ended there. */
  mark(started: number, finished = started): void {
    this.place.cell.markStarted(started)
    this.place.cell.markFinished(finished)
  }

  tell(sequence: number, outcome: Outcome, ...values: unknown[]): void {
    this.isolate.tell(this.place.slot, sequence, outcome, ...values)
  }
}

export const calls = (count: number): Sent[] =>
  Array.from({ length: count }, (_none, index) => sent('get', index))
/** What was sent, or the kind of a message of its own. */
export const payloads = (read: readonly ToThread[]): unknown[] =>
  read.map((each) => ('kind' in each ? each.value : each.type))
