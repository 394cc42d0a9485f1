import type { Payload } from '../protocol/bytes/payload.ts'
import { sizeOf } from '../protocol/bytes/payload.ts'
import type { MoultError } from '../protocol/errors.ts'
import type { CheckpointMade } from '../protocol/wire/checkpoints.ts'
import type { Version } from '../versions/version.ts'
import type { Activation } from './activation.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Messages } from './messages.ts'
import type { RestartSettings } from './process-options.ts'
import type { LostMessages } from './replays.ts'
import type { Totals } from './totals.ts'

/** A copy of a state that main keeps. */
export interface Checkpoint {
  readonly payload: Payload
  /** The version whose state it is. */
  readonly version: Version
  /** All messages before this number are in it, counted in the order in which they came. */
  readonly sequence: number
  readonly bytes: number
  /** When it came, ms since 1970. */
  readonly takenAt: number
}

/** What a process goes on with after a crash: its last checkpoint, what `init` makes, or nothing, for it does not. */
export type RestartFrom = 'checkpoint' | 'init' | 'never'

/** What a process that has died goes on with, and what that lacks. */
export interface Recovered {
  readonly from: RestartFrom
  /** Messages that had been handled. Undefined where there are none. */
  readonly lost: LostMessages | undefined
}

/** The crash of a process, until it has a state again. */
export interface Crash extends Recovered {
  readonly error: MoultError
}

/** A process that may crash. */
export interface Recovering {
  readonly lifecycle: Lifecycle
  readonly activation: Activation | undefined
  readonly version: Version | undefined
  readonly messages: Messages
  readonly totals: Totals
  readonly options: { readonly restart: RestartSettings }
  recovery: Recovery | undefined
}

/** A point in the life of a process: the number of the next message to be handled, and how many had been. */
interface Point {
  readonly next: number
  readonly handled: number
}

const BEGINNING: Point = { next: 0, handled: 0 }

/** What a process can be made anew of, and what that would lose. Made for those that have checkpoints, or have crashed. */
export class Recovery {
  last: Checkpoint | undefined
  /** The crash from which the process has not come back. */
  crash: Crash | undefined
  /** At its last crash: all that had been handled has lower numbers. */
  handledBefore = 0
  /** Since when `init` would lose what was handled … */
  #begun = BEGINNING
  /** … and the last checkpoint. */
  #kept = BEGINNING

  /** Keeps a checkpoint in place of the one before. */
  keep(process: Recovering, activation: Activation, made: CheckpointMade): void {
    const { bytes, attachments } = made
    const payload = { bytes, attachments }
    const { version } = activation
    this.#kept = pointOf(process)
    const { next: sequence } = this.#kept
    this.last = { payload, version, sequence, bytes: sizeOf(payload), takenAt: Date.now() }
  }

  /** The process serves on a version: the checkpoint of another is of no use. */
  arrive(version: Version | undefined): void {
    if (this.last?.version !== version) this.last = undefined
  }

  /** The last one cannot be read. */
  drop(): void {
    this.last = undefined
  }

  /** The process has lost its state. */
  crashed(process: Recovering, error: MoultError, from: RestartFrom): Crash {
    this.crash = { error, from, lost: this.#lost(process, from) }
    return this.crash
  }

  /** The process has a state again. Returns what it had lost. */
  end(process: Recovering, from: 'checkpoint' | 'init'): LostMessages | undefined {
    const lost = this.crash?.lost
    this.crash = undefined
    this.#kept = pointOf(process)
    if (from === 'init') this.#begun = this.#kept
    return lost
  }

  /** What is lost where a process goes on with that. */
  #lost(process: Recovering, from: RestartFrom): LostMessages | undefined {
    const { next, handled } = from === 'checkpoint' ? this.#kept : this.#begun
    const count = handledBy(process) - handled
    return count > 0 ? { count, from: next, to: this.handledBefore - 1 } : undefined
  }
}

/** The checkpoint of which a process is made anew on a version; undefined where that is done by `init`. */
export function checkpointFor(
  { options, recovery }: Pick<Recovering, 'options' | 'recovery'>,
  version: Version | undefined,
): Checkpoint | undefined {
  const last = options.restart.from === 'checkpoint' ? recovery?.last : undefined
  return last?.version === version ? last : undefined
}

/** Made when it is first needed: an idle process should weigh little. */
export function recoveryOf(process: Recovering): Recovery {
  return (process.recovery ??= new Recovery())
}

/** A process has lost its state. */
export function crashOf(process: Recovering, error: MoultError): Crash {
  return recoveryOf(process).crashed(process, error, whereFrom(process))
}

/** A process that had none has a state again. */
export function recovered(process: Recovering, from: 'checkpoint' | 'init'): Recovered {
  return { from, lost: recoveryOf(process).end(process, from) }
}

function whereFrom(process: Recovering): RestartFrom {
  if (process.options.restart.policy === 'temporary') return 'never'
  return checkpointFor(process, process.version) === undefined ? 'init' : 'checkpoint'
}

function pointOf(process: Recovering): Point {
  return { next: process.messages.span.from, handled: handledBy(process) }
}

function handledBy({ totals }: Recovering): number {
  return totals.calls + totals.casts
}
