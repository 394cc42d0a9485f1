import { cloneError, codecError } from './clone-error.ts'
import { CodecFault } from './declared.ts'
import { ANOTHER_THREAD } from './destination.ts'
import type { Destination } from './destination.ts'
import { encoded } from './encoding.ts'
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

/** What is sent in the place of a value, and what has to go beside it. */
export interface Sent {
  readonly value: unknown
  readonly prototypes: Prototypes
}

/**
 * What crosses of a value, so that it is the same value there. Undefined where it crosses as it is.
 *
 * @throws MoultError `code` with the path to what does not cross as it is, `CODEC_FAILED`
 */
export function exactly(value: unknown, refusal: Refusal): Sent | undefined {
  const { destination = ANOTHER_THREAD } = refusal
  try {
    const found = examine(value, destination)
    if (found === undefined) return undefined
    if (found === INEXACT) throw refused(value, refusal)
    return found.coded === undefined
      ? { value, prototypes: found }
      : encoded(value, found, destination)
  } catch (error) {
    if (!(error instanceof CodecFault)) throw error
    refusal.onRefused?.()
    throw codecError(error, toldOf(value, refusal), refusal.root, destination.declared)
  }
}

/**
 * Sends a value of which a clone is the same value.
 *
 * @param send clones or posts it, with what has to go beside it, which mostly is nothing, and the value as it is sent;
 * what it throws says that the value does not cross
 * @throws MoultError `code` with the path to what does not cross as it is, `CODEC_FAILED`
 */
export function sendExact<Sent>(
  value: unknown,
  refusal: Refusal,
  send: (prototypes: Prototypes | undefined, value: unknown) => Sent,
): Sent {
  const sent = refusal.isWritten === true ? undefined : exactly(value, refusal)
  try {
    return sent === undefined ? send(undefined, value) : send(sent.prototypes, sent.value)
  } catch (cause) {
    throw refused(value, refusal, cause)
  }
}

function refused(value: unknown, refusal: Refusal, cause?: unknown): MoultError {
  const { code, root, destination, onRefused } = refusal
  onRefused?.()
  return cloneError(code, toldOf(value, refusal), root, cause, destination)
}

function toldOf(value: unknown, { told }: Refusal): unknown {
  return told === undefined ? value : told()
}
