import type { Payload } from '../bytes/payload.ts'
import type { WireThrown } from './thrown.ts'

/** A copy of a state, made between two messages. Main keeps it and never decodes it. */
export interface CheckpointMade extends Payload {
  readonly type: 'checkpoint'
  readonly slot: number
  /** All messages before this sequence number are in it. */
  readonly sequence: number
}

/** A state could not be copied. The checkpoint before stays. */
export interface CheckpointFailed {
  readonly type: 'checkpoint-failed'
  readonly slot: number
  readonly error: WireThrown
}
