import type { Loader } from '../code/loader.ts'
import type { Version } from '../code/version.ts'
import { isolateExited } from '../isolates/isolate.ts'
import type { ThreadExit } from '../isolates/thread.ts'
import type { Process } from '../processes/process.ts'
import { MoultError, isMoultError, withDetails } from '../protocol/errors.ts'
import { withDeadline } from '../deadline.ts'
import { decideRestart } from './restart-policy.ts'
import type { RestartPolicy } from './restart-policy.ts'
import { reasonOf } from '../protocol/reason.ts'

/** Makes processes: the first time, and anew when their isolates have died. */
export class Supervisor {
  readonly #loader: Loader
  readonly #initTimeoutMs: number
  readonly #onRestarted: (process: Process) => void
  readonly #watched = new WeakMap<Process, { policy: RestartPolicy; history: readonly number[] }>()

  constructor(loader: Loader, initTimeoutMs: number, onRestarted: (process: Process) => void) {
    this.#loader = loader
    this.#initTimeoutMs = initTimeoutMs
    this.#onRestarted = onRestarted
  }

  /** Starts a process for the first time. @throws MoultError `INIT_FAILED`, `UNCLONEABLE_STATE`, and what loading throws. */
  async start(process: Process, version: Version, policy: RestartPolicy): Promise<void> {
    this.#watched.set(process, { policy, history: [] })
    try {
      await this.#init(process, version)
    } catch (error) {
      process.endStop()
      throw error
    }
  }

  /** A process has lost its isolate: it is made anew by `init` on the same version, or given up. */
  async restart(process: Process, exit: ThreadExit): Promise<void> {
    const { version } = process
    const watched = this.#watched.get(process)
    if (version === undefined || watched === undefined) return
    process.beginRestart()
    let reason: unknown = isolateExited(exit, process.label)
    // A slow init could fail for ever without ever being too often.
    for (let failed = 0; process.lifecycle === 'restarting'; failed++) {
      const decision = decideRestart(watched.policy, watched.history, performance.now())
      watched.history = decision.history
      if (!decision.restart || failed > watched.policy.maxRestarts) {
        process.endStop(limitError(process, watched.policy, reason))
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
    const isolate = await this.#loader.open(version)
    if (process.lifecycle !== 'starting' && process.lifecycle !== 'restarting') {
      void isolate.leave(0)
      throw process.stoppedError()
    }
    const late = (): MoultError =>
      new MoultError(
        'INIT_FAILED',
        `init of ${process.label} took longer than ${this.#initTimeoutMs} ms`,
      )
    try {
      await withDeadline(process.start(isolate, version), this.#initTimeoutMs, late)
    } catch (cause) {
      void isolate.leave(0)
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
