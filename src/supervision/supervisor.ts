import { releasePlaces } from '../versions/placement.ts'
import type { Version } from '../versions/version.ts'
import { isBeingMade } from '../processes/lifecycle.ts'
import type { Process } from '../processes/process.ts'
import type { RestartPolicy, StartLimits } from '../processes/process-options.ts'
import { MoultError, isMoultError, withDetails } from '../protocol/errors.ts'
import { decideRestart } from './restart-policy.ts'
import { reasonOf } from '../protocol/reason.ts'

/** Makes processes: the first time, and anew when their isolates have died. */
export class Supervisor {
  readonly #limits: StartLimits
  readonly #onRestarted: (process: Process) => void

  constructor(limits: StartLimits, onRestarted: (process: Process) => void) {
    this.#limits = limits
    this.#onRestarted = onRestarted
  }

  /**
   * Starts a process for the first time.
   * @throws MoultError `INIT_FAILED`, `UNCLONEABLE_STATE`, and as loading does.
   */
  async start(process: Process, version: Version): Promise<void> {
    try {
      await this.#init(process, version)
    } catch (error) {
      process.endStop()
      throw error
    }
  }

  /** Makes a process that has lost its state anew, by `init` on the same version, or stops it. */
  async restart(process: Process, crash: MoultError): Promise<void> {
    const { version, options } = process
    const { restart } = options
    if (version === undefined) return
    process.beginRestart()
    let reason: unknown = crash
    // A slow `init` could fail for ever without reaching the limit.
    for (let failed = 0; process.lifecycle === 'restarting'; failed++) {
      const decision = decideRestart(restart, process.restartedAt, performance.now())
      process.restartedAt = decision.history
      if (!decision.restart || failed > restart.maxRestarts) {
        process.endStop(limitError(process, restart, reason))
        return
      }
      try {
        await this.#init(process, version)
        process.totals.restarts++
        this.#onRestarted(process)
      } catch (error) {
        reason = error
      }
    }
  }

  async #init(process: Process, version: Version): Promise<void> {
    const isolate = await process.options.placement.place(version)
    if (!isBeingMade(process)) {
      void releasePlaces(isolate, 1, 0)
      throw process.stoppedError()
    }
    try {
      await process.start(isolate, version, this.#limits)
    } catch (cause) {
      throw initError(process, version, cause)
    }
  }
}

function limitError(process: Process, policy: RestartPolicy, cause: unknown): MoultError {
  const details = { process: process.label, cause }
  if (policy.policy === 'temporary') {
    return new MoultError('PROCESS_STOPPED', `${process.label} died and is not restarted`, details)
  }
  const { maxRestarts, withinMs } = policy
  const message = `${process.label} died more than ${maxRestarts} times in ${withinMs} ms`
  return new MoultError('RESTART_LIMIT', message, details)
}

function initError(process: Process, version: Version, cause: unknown): MoultError {
  if (isMoultError(cause, 'UNCLONEABLE_STATE') || isMoultError(cause, 'INIT_FAILED')) return cause
  if (isMoultError(cause, 'INVALID_STATE')) return withDetails(cause, { process: process.label })
  const reason = reasonOf(cause)
  return new MoultError('INIT_FAILED', `init of ${process.label} failed: ${reason}`, {
    process: process.label,
    version: version.contract.version,
    file: version.image.entry,
    cause,
  })
}
