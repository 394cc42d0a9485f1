import type { CodeLine } from '../code/code-line.ts'
import { restartSchema } from '../options/options.ts'
import { parseOptions } from '../options/parse-options.ts'
import { hasEnded, notRunning } from '../processes/lifecycle.ts'
import type { Process } from '../processes/process.ts'
import { MoultError, isMoultError } from '../protocol/errors.ts'
import { reasonOf } from '../protocol/reason.ts'
import type { ProcessKeeper } from '../supervision/supervision.ts'
import type { UnderWay } from '../timing/under-way.ts'
import type { Claims } from '../upgrade/limits/claims.ts'
import type { Version } from '../versions/version.ts'

/** Options of a restart. */
export interface RestartProcessOptions {
  /**
   * Label of a version of its code, which has been loaded. The process is pinned to it, as by an upgrade to a label.
   * Default: the version that it has.
   */
  readonly version?: string
  /**
   * Where its state comes from. `'checkpoint'` (default): as after a crash, its last checkpoint where it has one of the
   * version that it goes on with, else `init`. `'init'`: a new one, of the arguments of its spawn.
   */
  readonly from?: 'checkpoint' | 'init'
}

/** When a process may be restarted. */
export interface RestartsParts {
  readonly underWay: UnderWay
  readonly upgrades: { readonly claims: Claims }
}

/** What ends and makes lives. */
interface Lives {
  readonly keeper: Pick<ProcessKeeper, 'kill' | 'makeAnew'>
  /** A process has lost its state, and is to be made anew by its restart policy, or to end. */
  onCrash(process: Process, error: MoultError): void
}

/** Restarts that are asked for: a life ends, whatever the process is at, and the next one goes on with its mailbox. */
export class Restarts {
  readonly #parts: RestartsParts
  readonly #lives: Lives

  constructor(parts: RestartsParts, lives: Lives) {
    this.#parts = parts
    this.#lives = lives
  }

  /** @throws MoultError as `ref.restart` says */
  async restart(
    process: Process,
    line: CodeLine,
    options: RestartProcessOptions | undefined,
  ): Promise<void> {
    const { version: label, from } = parseOptions('restart', restartSchema, options)
    const { underWay, upgrades } = this.#parts
    await underWay.whileOpen(() => {
      const version = label === undefined ? undefined : line.get(label)
      const restart = (): Promise<void> => this.#restart(process, version, from === 'init')
      // An upgrade that waits for what the process is at would be waited for in vain.
      return line.shared(() => upgrades.claims.while(process, restart), false)
    })
    if (label !== undefined && line.processes.has(process)) line.pinned.add(process)
  }

  async #restart(process: Process, version: Version | undefined, isAnew: boolean): Promise<void> {
    if (process.lifecycle !== 'running') throw notRunning(process)
    const isAnother = version !== undefined && version !== process.version
    const { label } = process
    const message = `${label} was restarted while it handled this message`
    const { keeper } = this.#lives
    const cause = new MoultError('PROCESS_RESTARTED', message, { process: label })
    await keeper.kill(process, cause, isAnew || isAnother)
    try {
      await keeper.makeAnew(process, version)
    } catch (cause) {
      if (hasEnded(process)) throw process.stoppedError()
      const error = asMoultError(cause, label)
      // Its restart policy decides, as after a crash.
      this.#lives.onCrash(process, error)
      throw error
    }
  }
}

function asMoultError(cause: unknown, process: string): MoultError {
  if (isMoultError(cause)) return cause
  const message = `${process} could not be made anew: ${reasonOf(cause)}`
  return new MoultError('INIT_FAILED', message, { process, cause })
}
