import { releasePlaces } from '../versions/placement.ts'
import type { Version } from '../versions/version.ts'
import { isBeingMade } from '../processes/lifecycle.ts'
import type { Process } from '../processes/process.ts'
import { checkpointFor, recovered } from '../processes/recovery.ts'
import type { Checkpoint, Recovered } from '../processes/recovery.ts'
import { startProcess } from '../processes/start.ts'
import type { ExitReason } from '../protocol/definition/process-down.ts'
import { reasonOfDeath } from '../processes/process-exit.ts'
import type { StartLimits } from '../processes/process-options.ts'
import { MoultError, isMoultError, withDetails } from '../protocol/errors.ts'
import type { ErrorCode } from '../protocol/errors.ts'
import { decideRestart, paceOf } from './restart-policy.ts'
import { fulfilsWithin } from '../timing/deadline.ts'
import { reasonOf } from '../protocol/reason.ts'

/** Anew at each question: it changes while others are awaited. */
function isRestarting({ lifecycle }: Process): boolean {
  return lifecycle === 'restarting'
}

/** What a supervisor tells of restarts. */
export interface RestartObserver {
  /** An attempt to make a first state has failed. */
  onInitFailed(process: Process): void
  onRestarted(process: Process, recovered: Recovered): void
  /** What belonged to its state is gone, too: it goes on with another one. */
  onForgotten(process: Process, error: MoultError): void
  /** There is no thread for it now. It is tried again every `ms`; this is told once. */
  onDelayed(process: Process, error: MoultError, ms: number): void
}

/** Makes processes: the first time, and anew when their isolates have died. */
export class Supervisor {
  readonly #limits: StartLimits
  readonly #observer: RestartObserver

  constructor(limits: StartLimits, observer: RestartObserver) {
    this.#limits = limits
    this.#observer = observer
  }

  /**
   * Starts a process for the first time.
   * @throws MoultError `INIT_FAILED`, `UNCLONEABLE_STATE`, and as loading does.
   */
  async start(process: Process, version: Version): Promise<void> {
    for (let lost = 0; ; lost++) {
      try {
        await this.#init(process, version)
        return
      } catch (error) {
        // Nothing of its own failed where another process ended the thread meanwhile.
        if (process.blame === "another's" && lost < process.options.restart.maxRestarts) continue
        process.endStop({ reason: 'init-failed' })
        throw error
      }
    }
  }

  /** Makes a process that has died anew on the same version, from its checkpoint or by `init`, or stops it. */
  async restart(process: Process, crash: MoultError): Promise<void> {
    const { version } = process
    if (version === undefined) return
    process.life.beginRestart()
    let reason: unknown = crash
    let failures = 0
    while (isRestarting(process)) {
      if (!(await this.#mayRestart(process, failures))) {
        process.endStop(exitOf(process, failures, reason))
        return
      }
      // It may have been stopped while it waited.
      if (!isRestarting(process)) return
      try {
        await this.makeAnew(process, version)
      } catch (error) {
        if (isMoultError(error, 'RESTORE_FAILED')) {
          process.endStop({ reason: reasonOfDeath(error), error })
          return
        }
        reason = error
        if (process.blame === 'own') failures++
      }
    }
  }

  /**
   * Makes a process anew that is between two lives, once a thread can be had: from its checkpoint, where it has one of
   * this version and its options say so, else by `init`.
   * @throws MoultError `PROCESS_STOPPED`, `RESTORE_FAILED`, and as {@link start} does
   */
  async makeAnew(process: Process, version = process.version): Promise<void> {
    if (version === undefined) throw process.stoppedError()
    const checkpoint = checkpointFor(process, version)
    if (checkpoint === undefined) this.#forget(process)
    try {
      await this.#initWithThread(process, version, checkpoint)
    } catch (error) {
      const goesOn = process.options.restart.orElse === 'init' && isRestarting(process)
      if (!isMoultError(error, 'RESTORE_FAILED') || !goesOn) throw error
      process.recovery?.drop()
      return this.makeAnew(process, version)
    }
    process.totals.restarts++
    const from = checkpoint === undefined ? 'init' : 'checkpoint'
    this.#observer.onRestarted(process, recovered(process, from))
  }

  /** A process that was to go on with its checkpoint goes on with what `init` makes. */
  #forget(process: Process): void {
    const { recovery } = process
    const { crash } = recovery ?? {}
    if (crash?.from !== 'checkpoint') return
    recovery?.crashed(process, crash.error, 'init')
    this.#observer.onForgotten(process, crash.error)
  }

  /** Waits until the restart is allowed. False where it never is. */
  async #mayRestart(process: Process, failures: number): Promise<boolean> {
    const { restart } = process.options
    // A slow `init` could fail for ever without reaching the limit.
    if (failures > restart.maxRestarts) return false
    for (;;) {
      const now = performance.now()
      const decision = decideRestart(restart, process.restarts, now, process.blame)
      if (decision.action === 'give up') return false
      if (decision.action === 'wait') {
        if (await fulfilsWithin(process.life.exited, decision.ms)) return true
        continue
      }
      process.restarts = decision.history
      return true
    }
  }

  /** Tries until there is a thread, which is no fault of the process and not counted, or until it is stopped. */
  async #initWithThread(
    process: Process,
    version: Version,
    from: Checkpoint | undefined,
  ): Promise<void> {
    const ms = paceOf(process.options.restart)
    for (let tries = 0; ; tries++) {
      try {
        await this.#init(process, version, from)
        return
      } catch (error) {
        if (!isForLackOfThreads(error) || !isRestarting(process)) throw error
        if (tries === 0) this.#observer.onDelayed(process, error, ms)
        if (await fulfilsWithin(process.life.exited, ms)) throw error
      }
    }
  }

  async #init(process: Process, version: Version, from?: Checkpoint): Promise<void> {
    // Should the version not be loaded, that counts as its own failure.
    process.blame = 'own'
    const isolate = await process.options.placement.place(version)
    if (!isBeingMade(process)) {
      void releasePlaces(isolate, 1, 0)
      throw process.stoppedError()
    }
    try {
      await startProcess(process, isolate, version, this.#limits, from)
    } catch (cause) {
      this.#observer.onInitFailed(process)
      throw initError(process, version, cause)
    }
  }
}

function isForLackOfThreads(error: unknown): error is MoultError {
  return isMoultError(error, 'ISOLATE_START_FAILED') || isMoultError(error, 'ISOLATE_LIMIT')
}

/** The end of a process that is not made anew. */
function exitOf(
  process: Process,
  failures: number,
  cause: unknown,
): { readonly reason: ExitReason; readonly error: MoultError } {
  const isTemporary = process.options.restart.policy === 'temporary'
  const error = limitError(process, failures, cause)
  return { reason: isTemporary ? reasonOfDeath(cause) : 'restart-limit', error }
}

function limitError(process: Process, failures: number, cause: unknown): MoultError {
  const { label, options } = process
  const { policy, maxRestarts, withinMs } = options.restart
  const details = { process: label, cause }
  if (policy === 'temporary') {
    return new MoultError('PROCESS_STOPPED', `${label} died and is not restarted`, details)
  }
  const limit = `more than ${maxRestarts} times in ${withinMs} ms`
  const message =
    failures === 0
      ? `${label} died ${limit}`
      : `${label} died and could not be made anew (${limit}): ${reasonOf(cause)}`
  return new MoultError('RESTART_LIMIT', message, details)
}

/** Errors of a first state that say themselves what is wrong with it. */
const itsOwn: ReadonlySet<ErrorCode> = new Set(['INVALID_STATE', 'CODEC_FAILED', 'NOT_DECLARED'])

function initError(process: Process, version: Version, cause: unknown): MoultError {
  if (isMoultError(cause, 'UNCLONEABLE_STATE') || isMoultError(cause, 'INIT_FAILED')) return cause
  if (isMoultError(cause, 'RESTORE_FAILED')) return cause
  if (isMoultError(cause) && itsOwn.has(cause.code))
    return withDetails(cause, { process: process.label })
  const reason = reasonOf(cause)
  return new MoultError('INIT_FAILED', `init of ${process.label} failed: ${reason}`, {
    process: process.label,
    version: version.contract.version,
    file: version.image.entry,
    cause,
  })
}
