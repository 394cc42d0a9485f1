import type { Version } from '../../versions/version.ts'
import type { Route } from '../plan/migration-path.ts'
import type { Waypoints } from '../plan/hops.ts'

/** How one process is to be moved. */
export interface HandOverOptions {
  readonly route: Route
  readonly waypoints: Waypoints
  readonly target: Version
  /** Whether to wait in the new isolate until {@link HandOver.resume}. */
  readonly hold: boolean
  readonly suspendTimeoutMs: number
  readonly codeChangeTimeoutMs: number
  /** Whether large buffers are copied or moved. */
  readonly buffers: 'copy' | 'move'
  /** How long the pause may be; Infinity where nobody has said. */
  readonly maxPauseMs: number
  /** Whether messages may be lost whose call or cast the target lacks. */
  readonly allowRemoved: boolean
  /** Aborted when the upgrade is to be given up. */
  readonly signal: AbortSignal
  readonly exitGraceMs: number
}

/**
 * Whether the state's own large buffers move. What a `downgrade` makes is made of a copy; and on the way through other versions
 * nobody would know which buffers to move back.
 */
export function movesBuffers({ buffers, route }: HandOverOptions): boolean {
  return buffers === 'move' && route.leave.by !== 'downgrade' && route.waypoints.length === 0
}
