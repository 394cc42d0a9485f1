import type { Directory } from './directory.ts'
import type { Diagnosis } from '../processes/activity/diagnosis.ts'
import { handlerTimeoutOf, onHandlerTimeoutOf } from '../processes/handler-limit.ts'
import type { Message } from '../processes/message.ts'
import type { Process } from '../processes/process.ts'
import { Watchdog } from '../processes/watchdog.ts'
import type { OverdueHandler } from '../processes/watchdog.ts'
import { MoultError } from '../protocol/errors.ts'
import { writeLine } from './logger.ts'
import type { Logger } from './logger.ts'
import type { RuntimeEmitter } from './runtime-emitter.ts'

/** Who is told of handlers that run past their limits. */
export interface HandlerTimeoutsParts {
  readonly diagnosis: Diagnosis
  readonly events: RuntimeEmitter
  readonly logger: Logger
}

/** What ends the life of a process as a crash does. */
interface Lives {
  die(process: Process, cause: MoultError): Promise<void>
}

/** Watches over handlers that have a limit: tells of those that run past it, and ends them where that is asked. */
export class HandlerTimeouts {
  readonly #parts: HandlerTimeoutsParts
  readonly #directory: Pick<Directory, 'line'>
  readonly #lives: Lives
  readonly #watchdog: Watchdog

  constructor(parts: HandlerTimeoutsParts, directory: Pick<Directory, 'line'>, lives: Lives) {
    this.#parts = parts
    this.#directory = directory
    this.#lives = lives
    const onOverdue = (overdue: OverdueHandler): void => void this.#onOverdue(overdue)
    this.#watchdog = new Watchdog(parts.diagnosis.sightings, onOverdue)
  }

  /** A process has come to serve, perhaps with a limit. */
  onServing(process: Process): void {
    if (handlerTimeoutOf(process) === undefined) return
    const line = this.#directory.line(process)
    if (line !== undefined) this.#watchdog.watch(line.processes)
  }

  close(): void {
    this.#watchdog.close()
  }

  async #onOverdue(overdue: OverdueHandler): Promise<void> {
    const { process, activation, message } = overdue
    const error = overdueError(overdue)
    // A handler that holds its thread does not hear of it.
    if (message.sequence !== undefined) activation.forget(message.sequence, error, false)
    await this.#tell(overdue, error)
    const runsOn = process.activation === activation && !message.isFinished
    if (runsOn && onHandlerTimeoutOf(process) === 'kill') await this.#lives.die(process, error)
  }

  /** Without a listener the log gets it. */
  async #tell({ process, message, timeoutMs }: OverdueHandler, error: MoultError): Promise<void> {
    const { diagnosis, events, logger } = this.#parts
    const activity = await diagnosis.why(process)
    const { name } = message
    const kind = kindOf(message)
    const codeName = this.#directory.line(process)?.name ?? ''
    const event = { process: process.label, codeName, kind, name, timeoutMs, activity, error }
    if (events.announce('handlerTimeout', event)) return
    const text = `${error.message}: ${activity.text}`
    const fields = { process: process.label, error }
    queueMicrotask(() => writeLine(logger, { level: 'warn', message: text, fields }))
  }
}

function kindOf({ kind }: Message): 'call' | 'cast' {
  return kind === 'cast' ? 'cast' : 'call'
}

function overdueError({ process, message, timeoutMs }: OverdueHandler): MoultError {
  const { label, version } = process
  const what = `the ${message.kind} '${message.name}'`
  const text = `${label} has handled ${what} for longer than ${timeoutMs} ms`
  return new MoultError('HANDLER_TIMEOUT', text, {
    process: label,
    ...(version !== undefined && { version: version.contract.version }),
    expected: `at most ${timeoutMs} ms`,
  })
}
