import type { Operation } from './operations.ts'

/** The same operation once more, on an earlier state: its message has been answered. */
export function replayedOperation({ kind, name, accept, handler }: Operation): Operation {
  return { kind, name, accept, handler, isReplay: true }
}
