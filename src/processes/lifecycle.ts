import { MoultError } from '../protocol/errors.ts'

/**
 * The one lifecycle of a process.
 *
 * ```
 * starting ──► running ──► suspended ──► entering
 *               │  ▲  ▲          │             │
 *               │  │  └──────────┴─────────────┘ (moved, or moved back)
 *               ▼  │
 *              restarting (its isolate died)
 * any ──► stopping ──► stopped
 * ```
 */
export type Lifecycle =
  'starting' | 'running' | 'suspended' | 'entering' | 'restarting' | 'stopping' | 'stopped'

/**
 * How a process stops: `halt` finishes running handlers only, `drain` handles all accepted messages, `drain-all`
 * also messages from processes that drain too.
 */
export type StopManner = 'halt' | 'drain' | 'drain-all'

/** Whether it is being made, for the first time or anew. */
export function isBeingMade({ lifecycle }: { readonly lifecycle: Lifecycle }): boolean {
  return lifecycle === 'starting' || lifecycle === 'restarting'
}

/** Whether an upgrade moves it. */
export function isBeingMoved({ lifecycle }: { readonly lifecycle: Lifecycle }): boolean {
  return lifecycle === 'suspended' || lifecycle === 'entering'
}

/** Whether it is being moved or made. It cannot drain then. */
export function isInTransit({ lifecycle }: { readonly lifecycle: Lifecycle }): boolean {
  return lifecycle === 'suspended' || lifecycle === 'entering' || lifecycle === 'restarting'
}

/** Whether it is stopping, or has stopped. */
export function hasEnded({ lifecycle }: { readonly lifecycle: Lifecycle }): boolean {
  return lifecycle === 'stopping' || lifecycle === 'stopped'
}

/** For a sender to a process that has stopped or is stopping. */
export function stopped(process: string, cause?: MoultError): MoultError {
  const reason = cause === undefined ? '' : `: ${cause.message}`
  const details = { process, ...(cause !== undefined && { cause }) }
  return new MoultError('PROCESS_STOPPED', `${process} has stopped${reason}`, details)
}

/** For a caller whose handler was running at the stop; it may still run. */
export function stoppedAmidst(
  process: string,
  { kind, name }: { readonly kind: string; readonly name: string },
  cause?: MoultError,
): MoultError {
  const message = `${process} was stopped while it handled the ${kind} '${name}'`
  return new MoultError('PROCESS_STOPPED', message, { process, ...(cause && { cause }) })
}

/** For an upgrade that cannot suspend the process. */
export function notRunning(process: {
  readonly label: string
  readonly lifecycle: Lifecycle
}): MoultError {
  const { label, lifecycle } = process
  if (hasEnded(process)) return stopped(label)
  const details = { process: label, expected: 'a running process', received: lifecycle }
  return new MoultError('PROCESS_BUSY', `${label} is ${lifecycle}`, details)
}

/** For what was to be done where a process is no more. */
export function leftMeanwhile(): MoultError {
  const expected = 'a process that is where it was'
  const received = 'one that has left'
  const message = 'the process has left its isolate meanwhile'
  return new MoultError('PROCESS_BUSY', message, { expected, received })
}
