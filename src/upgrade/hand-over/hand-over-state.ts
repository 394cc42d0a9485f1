/**
 * How far a hand-over has come. Everything before `resumed` can be rolled back.
 *
 * ```
 * planned → opened → suspending → suspended → entering → entered → resumed → unloaded
 *                         (any of them) → rolledBack
 * opened | suspending → skipped (no process is there to be moved: each has stopped, is to, or has to go alone)
 * ```
 */
export type HandOverState =
  | 'planned'
  | 'opened'
  | 'suspending'
  | 'suspended'
  | 'entering'
  | 'entered'
  | 'resumed'
  | 'unloaded'
  | 'rolledBack'
  | 'skipped'
