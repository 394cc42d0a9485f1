import type { Payload } from '../protocol/bytes/payload.ts'
import { sizeOf } from '../protocol/bytes/payload.ts'
import type { MoultError } from '../protocol/errors.ts'
import type { CheckpointMade } from '../protocol/wire/checkpoints.ts'
import { unwrapSequence } from '../protocol/wire/progress.ts'
import type { Version } from '../versions/version.ts'
import type { Activation } from './activation.ts'
import type { Lifecycle } from './lifecycle.ts'
import type { Messages } from './messages.ts'
import type { ProcessOptions } from './process-options.ts'
import type { Message } from './message.ts'
import { RecentLog } from './recent-log.ts'
import { lostRange, replaysOf } from './replays.ts'
import type { LostMessages } from './replays.ts'
import { handledOf } from './totals.ts'
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
  /** How many others had been, and are handled again: the replayable ones behind the checkpoint. */
  readonly replayed: number
}

/** The crash of a process, until it has a state again. */
export interface Crash extends Recovered {
  readonly error: MoultError
}

/** A process that may crash. */
export interface Recovering {
  readonly label: string
  readonly lifecycle: Lifecycle
  readonly activation: Activation | undefined
  readonly version: Version | undefined
  readonly messages: Messages
  readonly totals: Totals
  readonly options: Pick<ProcessOptions, 'restart' | 'checkpoint'>
  recovery: Recovery | undefined
}

/** A point in the life of a process: the number of the next message to be handled, and how many had been. */
interface Point {
  readonly next: number
  readonly handled: number
}

const BEGINNING: Point = { next: 0, handled: 0 }

/** What becomes of messages that had been handled behind a checkpoint. */
interface Again {
  /** To be handled again. */
  readonly queue: readonly Message[]
  /** How many of these had been handled once. */
  readonly fresh: number
  readonly lost: LostMessages | undefined
}

const NOTHING: Again = { queue: [], fresh: 0, lost: undefined }

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
  /** What has been sent behind that, where any of it is replayable. */
  #log: RecentLog | undefined
  /** What is handled again since the last crash. */
  #again = NOTHING

  /** Keeps a checkpoint in place of the one before. */
  keep(process: Recovering, activation: Activation, made: CheckpointMade): void {
    const { bytes, attachments } = made
    const payload = { bytes, attachments }
    const { version } = activation
    this.#kept = pointOf(process)
    const { next: sequence } = this.#kept
    this.last = { payload, version, sequence, bytes: sizeOf(payload), takenAt: Date.now() }
    if (version.contract.replayable !== undefined) this.#follow(process, activation, made)
  }

  /** The process serves on a version: the checkpoint of another is of no use. */
  arrive(version: Version | undefined): void {
    if (this.last?.version === version) return
    this.last = undefined
    this.#log = undefined
  }

  /** Keeps the messages behind the checkpoint, so that they can be replayed. */
  #follow(process: Recovering, { version }: Activation, { sequence }: CheckpointMade): void {
    const { messages, options } = process
    const from = unwrapSequence(sequence, messages.next)
    if (this.#log !== undefined && isIn(messages, this.#log)) return this.#log.dropBefore(from)
    const rule = options.checkpoint ?? version.contract.checkpoint
    this.#log = new RecentLog(rule === false ? undefined : rule?.log)
    // What the state lacks has not been told to have ended.
    for (const message of messages.sentFrom(from)) this.#log.add(message)
    if (messages.log === undefined) messages.log = this.#log
    else messages.log.also = this.#log
  }

  /**
   * The process has lost its state: `fail` fails what was being handled, and returns the arrival number of the first
   * message that had not been. What had been, behind the checkpoint, waits again where it is replayable.
   */
  fail(process: Recovering, { version, cell }: Activation, fail: () => number): void {
    const handled = this.#log?.takeHandled(cell) ?? []
    this.handledBefore = fail()
    const canReplay = whereFrom(process) === 'checkpoint'
    this.#again = canReplay ? replaysAgain(process, version, handled) : NOTHING
    if (this.#again.queue.length > 0) process.messages.replay(this.#again.queue)
  }

  /** The last one cannot be read. */
  drop(): void {
    this.last = undefined
  }

  /** The process has lost its state. */
  crashed(process: Recovering, error: MoultError, from: RestartFrom): Crash {
    if (from !== 'checkpoint') {
      for (const message of this.#again.queue) message.abandon(error)
      this.#again = NOTHING
    }
    const replayed = this.#again.queue.length
    this.crash = { error, from, lost: this.#lost(process, from), replayed }
    return this.crash
  }

  /** The process has a state again. Returns what it had lost. */
  end(process: Recovering, from: 'checkpoint' | 'init'): Recovered {
    const { lost, replayed = 0 } = this.crash ?? {}
    this.crash = undefined
    this.#again = NOTHING
    this.#kept = pointOf(process)
    if (from === 'init') this.#begun = this.#kept
    return { from, lost, replayed }
  }

  /** What is lost where a process goes on with that. */
  #lost(process: Recovering, from: RestartFrom): LostMessages | undefined {
    const { next, handled } = from === 'checkpoint' ? this.#kept : this.#begun
    const { fresh, lost } = this.#again
    const count = handledOf(process.totals) - handled - fresh
    if (count <= 0) return undefined
    // Of a log that was full the first are not lost.
    if (lost?.count === count) return lost
    return { count, from: lost?.from ?? next + fresh, to: this.handledBefore - 1 }
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
  return recoveryOf(process).end(process, from)
}

function replaysAgain(process: Recovering, version: Version, handled: readonly Message[]): Again {
  const { replayable = [] } = version.contract
  const replays = ({ name }: Message): boolean => replayable.includes(name)
  const { queue, lost } = replaysOf(handled, { process, version, replays, hasBegun: () => true })
  const fresh = handled.filter(({ isReplay, kind }) => !isReplay && kind !== 'read-state').length
  return { queue, fresh: fresh - lost.length, lost: lostRange(lost) }
}

function isIn({ log }: Messages, recent: RecentLog): boolean {
  return log === recent || log?.also === recent
}

function whereFrom(process: Recovering): RestartFrom {
  if (process.options.restart.policy === 'temporary') return 'never'
  return checkpointFor(process, process.version) === undefined ? 'init' : 'checkpoint'
}

/** Replays that wait have lower numbers than what had been handled. */
function pointOf(process: Recovering): Point {
  const { recovery, messages } = process
  const next = Math.max(messages.span.from, recovery?.handledBefore ?? 0)
  return { next, handled: handledOf(process.totals) }
}
