import { MessageChannel } from 'node:worker_threads'
import { isolateExited } from '../../isolates/isolate-exited.ts'
import type { Isolate } from '../../isolates/isolate.ts'
import { hasEnded } from '../../processes/lifecycle.ts'
import type { Process } from '../../processes/process.ts'
import type { Activation } from '../../processes/activation.ts'
import { isMoultError } from '../../protocol/errors.ts'
import type { MoultError } from '../../protocol/errors.ts'
import { figuresOfWhole } from '../../protocol/wire/copying.ts'
import type { CopiedParts, CopiesAhead, CopyFigures } from '../../protocol/wire/copying.ts'
import type { CopiedStates, ExportedStates } from '../../protocol/wire/requests.ts'
import { BUSY, watchThreads } from './held-threads.ts'
import { timesOfDowngrade } from '../dry-run/dry-run.ts'
import type { DryRunTimes } from '../dry-run/dry-run.ts'
import type { CopyState } from '../dry-run/try-copies.ts'
import type { Deadlines } from '../limits/deadlines.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import type { CopyReport } from '../report/report.ts'
import { goesAhead } from '../plan/migration-path.ts'
import { fulfilsWithin } from '../../timing/deadline.ts'

/** What a copy is made with. */
type CopyOptions = Pick<
  HandOverOptions,
  'path' | 'hops' | 'copy' | 'suspendTimeoutMs' | 'codeChangeTimeoutMs'
>

/**
 * What of one process goes ahead of its state, from isolate to isolate: main sees nothing of it. That is its tables, or
 * all objects of a large state that has none.
 */
export class CopyAhead {
  readonly #process: Process
  readonly #options: CopyOptions
  readonly #deadlines: Deadlines
  /** Whether it is known what goes ahead. */
  #isDecided = false
  #from: Activation | undefined
  #parts: CopiedParts | undefined
  #figures: CopyFigures | undefined
  /** Why a large state goes as a whole. */
  #whole: string | undefined
  #largeBuffers: readonly number[] | undefined

  constructor(process: Process, options: CopyOptions, deadlines: Deadlines) {
    this.#process = process
    this.#options = options
    this.#deadlines = deadlines
  }

  /** Bytes that have gone ahead, to where the state goes. */
  get bytes(): number {
    return this.#staysHere ? 0 : (this.#figures?.bytes ?? 0)
  }

  /** A `downgrade` runs in the isolate that is left: the copy that it is given is kept there. */
  get #staysHere(): boolean {
    return this.#parts === 'graph' && this.#options.path.leave.by === 'downgrade'
  }

  /** Whether all objects of the state have gone ahead: the rest is what has changed of them. */
  get isOfGraph(): boolean {
    return this.#parts === 'graph'
  }

  /** Sizes of the large buffers of a state of which nothing goes ahead; undefined where they are not known. */
  get largeBuffers(): readonly number[] | undefined {
    return this.#largeBuffers
  }

  /**
   * How long what a `downgrade` makes of the copy that is kept takes on its way, as a whole, by what that copy took.
   * Undefined where none is kept.
   */
  get keptTimes(): DryRunTimes | undefined {
    if (!this.#staysHere || this.#figures === undefined) return undefined
    const { sendMs, applyMs: decodeMs } = this.#figures
    return timesOfDowngrade(this.#options.path, { encodeMs: sendMs / SLICED, decodeMs })
  }

  /** What had changed again when the copying ended, and how long (ms) it will take. */
  get left(): { readonly recordsLeft: number; readonly recordsMs: number } {
    const { left = 0, leftMs = 0 } = this.#figures ?? {}
    return { recordsLeft: left, recordsMs: leftMs }
  }

  /** Whether there may be something that goes ahead, or a reason to tell why not. */
  mayGo({ isolate }: Activation): boolean {
    if (this.#isDecided) return false
    return (
      this.#options.copy === 'ahead' || (goesAhead(this.#options.path) && isolate.mayHaveTables)
    )
  }

  /**
   * Sends the objects of a large state ahead, so that a dry run can be given what has gone over.
   * @param budgetMs how long what is left may take.
   * @returns what copies the state as it is then; undefined where it does not go so, or stays here.
   */
  async begin(from: Activation, to: Isolate, budgetMs: number): Promise<CopyState | undefined> {
    if (this.#options.copy === 'whole') return undefined
    await this.#runOnce(from, to, budgetMs, true)
    if (!this.isOfGraph || this.#staysHere) return undefined
    return () => this.#copyOf(from, this.#whereTo(to))
  }

  async #copyOf({ isolate, slot }: Activation, to: Isolate): Promise<CopiedStates> {
    const caughtUp = isolate.requests.copy({ slots: [slot], scope: 'ahead' })
    const copied = await this.#deadlines.suspend(caughtUp)
    if (copied.isAhead !== true) return copied
    const copying = to.takeCopy(this.#process.id)
    const copy = await this.#deadlines.codeChangeIn([to], copying, 'have its state copied')
    return { ...copied, ...copy }
  }

  /**
   * Resolves when little is left, or nothing was to be copied; what changes from then on follows by itself.
   * Rejects with what went wrong on either side, unless the process is stopped meanwhile: then there is nothing to copy
   * any more.
   */
  run(from: Activation, to: Isolate, budgetMs: number): Promise<void> {
    return this.#runOnce(from, to, budgetMs, false)
  }

  /** @param isForDryRun tables wait for their phase. */
  async #runOnce(
    from: Activation,
    to: Isolate,
    budgetMs: number,
    isForDryRun: boolean,
  ): Promise<void> {
    if (this.#isDecided) return
    try {
      const parts = await this.#partsOf(from)
      if (isForDryRun && parts === 'tables') return
      this.#isDecided = true
      if (parts !== undefined) await this.#run(from, this.#whereTo(to), budgetMs, parts)
    } catch (error) {
      if (!hasEnded(this.#process)) throw error
    }
  }

  async #partsOf({ isolate, slot }: Activation): Promise<CopiedParts | undefined> {
    const { path, copy } = this.#options
    const asked = await this.#inTime(isolate.ahead(slot), isolate.mayHaveTables)
    if (asked === undefined) return undefined
    const { tables, isLarge, largeBuffers } = asked
    if (tables.length > 0) return goesAhead(path) ? 'tables' : undefined
    if (!isLarge) this.#largeBuffers = largeBuffers
    return isLarge && copy !== 'whole' ? 'graph' : undefined
  }

  /** Without tables a thread that is busy is not waited for: the suspend does that. */
  async #inTime(
    asked: Promise<CopiesAhead>,
    mayHaveTables: boolean,
  ): Promise<CopiesAhead | undefined> {
    if (mayHaveTables) return this.#deadlines.suspend(asked)
    const answer = await this.#deadlines.soon(asked)
    if (answer !== undefined) return answer
    this.#whole = BUSY
    // It is not asked once more.
    this.#largeBuffers = []
    return undefined
  }

  async #run(from: Activation, to: Isolate, budgetMs: number, parts: CopiedParts): Promise<void> {
    from.checkHere()
    this.#from = from
    this.#parts = parts
    const copied = this.#copy(from, to, budgetMs, parts)
    if (parts === 'graph') return this.#unlessHeld(copied, from.isolate, to)
    // The functions of a downgrade run where the process still is.
    const busy = this.#options.path.leave.by === 'downgrade' ? [from.isolate, to] : [to]
    this.#figures = await this.#deadlines.codeChangeIn(busy, copied, 'have its tables copied')
  }

  /**
   * It takes its time, by the size of the state, as long as both threads go on. Without a thread that does not it is done
   * without: the suspend, or the transfer, tells what is wrong.
   */
  async #unlessHeld(copied: Promise<CopyFigures>, from: Isolate, to: Isolate): Promise<void> {
    const watch = watchThreads(() => this.#goOn(from, to))
    const timeoutMs = this.#options.codeChangeTimeoutMs * LONGER
    const late = (): MoultError => this.#deadlines.suspendLate(TAKES_LONG)
    try {
      const ended = Promise.race([copied, watch.held])
      const figures = await this.#deadlines.within(ended, timeoutMs, late)
      if (figures.whole === undefined) this.#figures = figures
      else this.#abandonTo(figures.whole)
    } catch (error) {
      if (!isMoultError(error, 'SUSPEND_TIMEOUT')) throw error
      this.#abandonTo('it took too long')
    } finally {
      watch.end()
    }
  }

  async #goOn(from: Isolate, to: Isolate): Promise<boolean> {
    const { suspendTimeoutMs } = this.#options
    const asked = this.#deadlines.soon(from.memory(), suspendTimeoutMs)
    const goesOnThere = fulfilsWithin(to.memory(), suspendTimeoutMs)
    const answer = await asked.catch(() => undefined)
    return answer !== undefined && (await goesOnThere)
  }

  #abandonTo(whole: string): void {
    this.stop()
    this.#abandon(whole)
  }

  async #copy(
    from: Activation,
    to: Isolate,
    budgetMs: number,
    parts: CopiedParts,
  ): Promise<CopyFigures> {
    const { isolate, slot } = from
    const { leave: migration, enter } = this.#options.path
    const ways = this.#staysHere ? undefined : new MessageChannel()
    const { id } = this.#process
    const received = ways && to.receiveAhead({ id, port: ways.port2, parts, migration: enter })
    const sent = isolate.sendAhead({ slot, port: ways?.port1, parts, migration, budgetMs })
    const [figures] = await Promise.all([sent, received])
    if (figures !== undefined) return figures
    from.checkHere()
    if (ways === undefined) return figuresOfWhole('its copy was given up')
    // The sender gives up when the other side of the channel has gone.
    throw isolateExited(await to.exited)
  }

  /** A state that passes through hops arrives in the first of them. */
  #whereTo(to: Isolate): Isolate {
    const { hops, path } = this.#options
    return hops.first(path.hops) ?? to
  }

  /** The state has been given up in this activation: it may have gone as a whole after all. */
  settle({ whole }: ExportedStates, from: Activation | undefined): void {
    if (this.isOfGraph && from !== this.#from) this.#abandon('it was made anew meanwhile')
    else if (whole !== undefined) this.#abandon(whole)
  }

  #abandon(whole: string): void {
    this.#whole = whole
    this.#parts = undefined
    this.#figures = undefined
  }

  /** Throws away what has gone over. */
  stop(): void {
    if (this.#from === undefined || this.#from.exit !== undefined || this.#from.hasLeft) return
    void this.#from.isolate.stopSending(this.#from.slot).catch(() => undefined)
  }

  /** Undefined where nothing was copied, and nothing was large. */
  report({ recordsLeft }: ExportedStates): CopyReport | undefined {
    if (this.#whole !== undefined) return { way: 'whole', why: this.#whole, ...nothing }
    if (this.#figures === undefined) return undefined
    const { records, bytes, rounds } = this.#figures
    const way = this.isOfGraph ? 'objects' : 'tables'
    return { way, records, bytes, rounds, recordsLeft }
  }
}

/** To send a state in slices takes 1.7 to 2 times as long as to encode it: in the pause all is compared, too. */
const SLICED = 1.5
const TAKES_LONG = 'copy its state while it served'
/** How many times as long as a migration it may take. */
const LONGER = 10
const nothing = { records: 0, bytes: 0, rounds: 0, recordsLeft: 0 }
