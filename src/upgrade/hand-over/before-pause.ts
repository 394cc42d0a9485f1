import type { Isolate } from '../../isolates/isolate.ts'
import { hasEnded, isInTransit, notRunning } from '../../processes/lifecycle.ts'
import type { MoultError } from '../../protocol/errors.ts'
import { auditProcess } from '../audit/process-audit.ts'
import { preallocateFor } from '../dry-run/preallocated-buffers.ts'
import { tryAlone } from '../dry-run/try-copies.ts'
import type { Deadlines } from '../limits/deadlines.ts'
import type { HandOverOptions } from '../limits/hand-over-options.ts'
import { TRAVEL_MS } from '../report/pause-budget.ts'
import type { PauseEstimate } from '../report/pause-budget.ts'
import type { Member } from './member.ts'
import type { CopyAhead } from './copy-ahead.ts'

/**
 * What is done for one process alone before it stands still. Each step returns undefined where there is nothing to wait
 * for.
 */
export class BeforePause {
  readonly #member: Member
  readonly #options: HandOverOptions
  readonly #deadlines: Deadlines
  readonly #ahead: CopyAhead

  constructor(member: Member, options: HandOverOptions, deadlines: Deadlines, ahead: CopyAhead) {
    this.#member = member
    this.#options = options
    this.#deadlines = deadlines
    this.#ahead = ahead
  }

  /** A process that is being made anew after a crash is waited for. */
  whenActive(): Promise<void> | undefined {
    const { process } = this.#member
    if (!isInTransit(process)) return undefined
    const { suspendTimeoutMs } = this.#options
    const late = (): MoultError => notRunning(process)
    return this.#deadlines.within(process.life.endOfTransit(), suspendTimeoutMs, late)
  }

  /** Tries the migration on a copy: of what has gone ahead to the new isolate, or of the state. */
  async rehearse(isolate: Isolate, to: Isolate): Promise<void> {
    await this.whenActive()
    const { process, dryRun } = this.#member
    const { activation } = process
    if (hasEnded(process) || activation === undefined) return
    const copyState = await this.#ahead.begin(activation, to, this.#budget())
    if (hasEnded(process)) return
    const { largeBuffers, keptTimes } = this.#ahead
    // The function would run in the thread that serves, and what it is given is there.
    if (keptTimes !== undefined) {
      dryRun.onTried(keptTimes, false, 0)
      return
    }
    // Elsewhere it would make code fast that is not used in the pause.
    const warmMs = isolate === to ? this.#options.warmMs : 0
    await tryAlone(dryRun, { from: activation, to: isolate, warmMs, copyState, largeBuffers })
  }

  /** Looks whether the new version can read what waits. */
  audit(to: Isolate): Promise<void> | undefined {
    const { process } = this.#member
    const { activation, messages, timers, monitors } = process
    const isIdle = messages.size === 0 && timers === undefined && monitors === undefined
    if (activation === undefined || hasEnded(process) || isIdle) return undefined
    return this.#audit(to)
  }

  async #audit(to: Isolate): Promise<void> {
    const { process } = this.#member
    this.#member.audit = await auditProcess(process, to, this.#options, this.#deadlines)
  }

  /** Sends ahead what can go, and gets memory ready for a copy of the rest. */
  copy(to: Isolate): Promise<void> | undefined {
    const coming = this.whenActive()
    return coming === undefined ? this.#copy(to) : coming.then(() => this.#copy(to))
  }

  #copy(to: Isolate): Promise<void> | undefined {
    const { process, dryRun } = this.#member
    const { activation } = process
    if (hasEnded(process) || activation === undefined) return undefined
    if (!this.#ahead.mayGo(activation)) return this.#preallocate(to)
    const { leaveMs = 0, enterMs = 0 } = dryRun.times ?? {}
    const gone = this.#ahead.run(activation, to, this.#budget(leaveMs + enterMs))
    return gone.then(() => this.#preallocate(to))
  }

  #preallocate(to: Isolate): Promise<void> | undefined {
    const { process } = this.#member
    const { activation } = process
    const { isOfGraph, largeBuffers } = this.#ahead
    if (hasEnded(process) || activation === undefined || isOfGraph) return undefined
    return preallocateFor(activation, to, this.#options.signal, largeBuffers)
  }

  /** What the pause may take, without what is known of it. */
  #budget(knownMs = 0): number {
    return Math.max(0, this.#options.maxPauseMs - TRAVEL_MS - knownMs)
  }

  /** What the pause is thought to take; undefined where nothing was measured. */
  estimate(to: Isolate | undefined): PauseEstimate | undefined {
    const { process, dryRun } = this.#member
    if (dryRun.times === undefined || process.activation === undefined) return undefined
    const threads = { from: process.activation.isolate, to }
    return { process: process.label, ...threads, ...dryRun.times, ...this.#ahead.left }
  }
}
