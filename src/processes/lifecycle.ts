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
 * What a process does with what it had accepted when it is stopped: nothing but for the handlers that run, all of it, or all of it
 * and what others ask that do the same.
 */
export type StopManner = 'halt' | 'drain' | 'drain-all'

/** Whether it has no state yet, or none any more, and is being given one. */
export function isBeingMade({ lifecycle }: { readonly lifecycle: Lifecycle }): boolean {
  return lifecycle === 'starting' || lifecycle === 'restarting'
}

/** Whether upgrade/ holds it. */
export function isBeingMoved({ lifecycle }: { readonly lifecycle: Lifecycle }): boolean {
  return lifecycle === 'suspended' || lifecycle === 'entering'
}

/** Whether it is being moved or made anew, so that it cannot be stopped in good order. */
export function isInTransit(process: { readonly lifecycle: Lifecycle }): boolean {
  return isBeingMoved(process) || process.lifecycle === 'restarting'
}

/** Whether it is stopping, or has stopped. */
export function hasEnded({ lifecycle }: { readonly lifecycle: Lifecycle }): boolean {
  return lifecycle === 'stopping' || lifecycle === 'stopped'
}

/** What is told to whoever sends to a process that has stopped or is stopping. */
export function stopped(process: string, cause?: MoultError): MoultError {
  const reason = cause === undefined ? '' : `: ${cause.message}`
  const details = { process, ...(cause !== undefined && { cause }) }
  return new MoultError('PROCESS_STOPPED', `${process} has stopped${reason}`, details)
}

/** What the caller is told whose message was being handled, and may yet be, when the process was given up. */
export function stoppedAmidst(process: string, kind: string, name: string): MoultError {
  const message = `${process} was stopped while it handled the ${kind} '${name}'`
  return new MoultError('PROCESS_STOPPED', message, { process })
}

/** What an upgrade is told of a process that it cannot suspend. */
export function notRunning(process: {
  readonly label: string
  readonly lifecycle: Lifecycle
}): MoultError {
  const { label, lifecycle } = process
  if (hasEnded(process)) return stopped(label)
  const details = { process: label, expected: 'a running process', received: lifecycle }
  return new MoultError('PROCESS_BUSY', `${label} is ${lifecycle}`, details)
}
