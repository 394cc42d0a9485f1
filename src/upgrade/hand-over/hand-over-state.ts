/**
 * How far the hand-over of one process has come. Everything before `resumed` can be undone.
 *
 * ```
 * planned → opened → suspending → suspended → entering → entered → resumed → unloaded
 *                         (any of them) → undone
 * planned | opened | suspending → skipped (the process has stopped meanwhile, or is to)
 * ```
 */
export type Stage =
  | 'planned'
  | 'opened'
  | 'suspending'
  | 'suspended'
  | 'entering'
  | 'entered'
  | 'resumed'
  | 'unloaded'
  | 'undone'
  | 'skipped'
