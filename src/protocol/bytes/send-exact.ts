import { cloneError } from './clone-error.ts'
import { ANOTHER_THREAD } from './destination.ts'
import type { Destination } from './destination.ts'
import { INEXACT, examine } from './examine.ts'
import type { ErrorCode, MoultError } from '../errors.ts'
import type { Prototypes } from './prototypes.ts'

/** How a value is refused that does not cross as it is. */
export interface Refusal {
  readonly code: ErrorCode
  /** What its sender calls the value: the path in the error begins with it. */
  readonly root: string
  /** Default: another thread. */
  readonly destination?: Destination
  /** Whether a transfer handler has written it, whose own affair it is. Default false. */
  readonly isWritten?: boolean
  /** The value as its sender knows it, where that is another one. */
  readonly told?: () => unknown
  /** Called before the error is thrown. */
  readonly onRefused?: () => void
}

/**
 * Sends a value of which a clone is the same value.
 *
 * @param send clones or posts it, with what has to go beside it; what it throws says that the value does not cross
 * @throws MoultError `code` with the path to what does not cross as it is
 */
export function sendExact<Sent>(
  value: unknown,
  refusal: Refusal,
  send: (prototypes: Prototypes | undefined) => Sent,
): Sent {
  const { destination = ANOTHER_THREAD, isWritten = false } = refusal
  const prototypes = isWritten ? undefined : examine(value, destination)
  if (prototypes === INEXACT) throw refused(value, refusal)
  try {
    return send(prototypes)
  } catch (cause) {
    throw refused(value, refusal, cause)
  }
}

function refused(value: unknown, refusal: Refusal, cause?: unknown): MoultError {
  const { code, root, destination, told = () => value, onRefused } = refusal
  onRefused?.()
  return cloneError(code, told(), root, cause, destination)
}
