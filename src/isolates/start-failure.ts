import { MoultError, isMoultError } from '../protocol/errors.ts'
import type { ErrorDetails } from '../protocol/errors.ts'
import { reasonOf } from '../protocol/reason.ts'
import { inWords } from './limits-in-words.ts'
import type { Limits } from './limits-in-words.ts'

/** The thread that was to be started. */
interface Wanted {
  /** Names it, as in `the thread of the bundler`. */
  readonly name: string
  readonly resourceLimits?: Limits
}

/** How a thread ended as it started. */
interface EarlyEnd {
  readonly error: unknown
  readonly exitCode: number
}

/** Why a thread could not be started, in words that say what to change. */
export function startFailure({ name, resourceLimits }: Wanted, end: EarlyEnd): MoultError {
  const { error } = end
  if (isMoultError(error, 'ISOLATE_START_FAILED')) return error
  const { reason, ...details } = explain(end, resourceLimits)
  const message = `${name} could not be started: ${reason}`
  const cause = error === undefined ? {} : { cause: error }
  return new MoultError('ISOLATE_START_FAILED', message, { ...details, ...cause })
}

/** For a thread that has said nothing for so long (ms). It may yet. */
export function startTimeout(name: string, timeoutMs: number): MoultError {
  const message = `${name} did not run within ${timeoutMs} ms${preloads()}`
  const expected = `a thread that runs within ${timeoutMs} ms`
  return new MoultError('LOAD_TIMEOUT', message, { expected, received: 'none yet' })
}

function explain(
  { error, exitCode }: EarlyEnd,
  limits: Limits,
): ErrorDetails & { readonly reason: string } {
  if (error === undefined) {
    const received = `one that exited with code ${exitCode}`
    const reason = `it exited with code ${exitCode} before it ran moult's code${preloads()}`
    return { reason, expected: 'a thread that stays', received }
  }
  const received = reasonOf(error)
  switch ((error as { readonly code?: unknown }).code) {
    case 'ERR_WORKER_INIT_FAILED': {
      const remedy = `see its limits of threads (ulimit -u, pids of the container) and of memory`
      const reason = `the system gives no more (${received}): ${remedy}${inWords(limits)}`
      return { reason, expected: 'one more thread', received }
    }
    case 'ERR_WORKER_OUT_OF_MEMORY': {
      const reason = `its memory was used up before it ran moult's code${inWords(limits)}`
      return { reason, expected: 'memory for a thread', received }
    }
    default:
      return {
        reason: `${received}${preloads()}${inWords(limits)}`,
        expected: 'a thread that runs',
        received,
      }
  }
}

/** Node runs in each thread what these name, before it runs moult's code. */
function preloads(): string {
  try {
    const { NODE_OPTIONS: options = '' } = process.env
    return options === '' ? '' : ` (each thread reads NODE_OPTIONS: ${options})`
  } catch {
    // A program may have put another object in its place. What is told is why the thread did not start.
    return ' (process.env cannot be read)'
  }
}
