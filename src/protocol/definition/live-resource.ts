import type { ProcessContext } from './context.ts'
import type { NoEventData } from './event.ts'

/**
 * What a process has beside its state that is no data: a document of Yjs, a compiled schema, a connection, an index. Each
 * incarnation of the process opens its own, so it never moves: what must move, `save` puts into the state.
 */
export interface LiveResource<State, Live, Events = NoEventData> {
  /**
   * Opens it, before the first message: after `init`, and in each version that takes the state over. Handlers have what
   * it returns as `context.live`. Where it throws, that is `OPEN_FAILED`: the cause of the `INIT_FAILED` of a spawn, and
   * the error of an upgrade, which goes back to the version before, with its own.
   *
   * A dry run also opens it, for a copy of the state, and closes it: there casts, timers and events do nothing.
   */
  readonly open: (state: State, context: ProcessContext<unknown, Events>) => Live | Promise<Live>
  /**
   * Puts into the state what must move with it. Runs between two messages, before the state is handed over or copied,
   * also for a dry run. It must not change `live`, for the process may go on. It is synchronous.
   */
  readonly save?: (state: State, live: Live) => void
  /** Ends it, when the process leaves its isolate: after a move, or a stop. Not where the thread has died. */
  readonly close?: (live: Live) => void | Promise<void>
  /**
   * Whether only one incarnation may have it, such as a port or a lock: then the old version closes it before the new
   * one opens it, within the pause. Where the upgrade fails, the old version opens it again. A dry run does not open it.
   */
  readonly exclusive?: boolean
}
