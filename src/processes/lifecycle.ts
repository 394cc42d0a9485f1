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

/** What is told to whoever sends to a process that has stopped or is stopping. */
export function stopped(process: string): MoultError {
  return new MoultError('PROCESS_STOPPED', `${process} has stopped`, { process })
}

/** What an upgrade is told of a process that it cannot suspend. */
export function notRunning(process: string, lifecycle: Lifecycle): MoultError {
  if (lifecycle === 'stopping' || lifecycle === 'stopped') return stopped(process)
  const details = { process, expected: 'a running process', received: lifecycle }
  return new MoultError('PROCESS_BUSY', `${process} is ${lifecycle}`, details)
}
