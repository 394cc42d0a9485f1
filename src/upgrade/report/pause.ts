/** The parts of the pause of one process, in ms. */
export interface PauseParts {
  /**
   * From the request to the message boundary at which the old version stopped. Not a part of the pause while a handler
   * ran.
   */
  readonly suspendMs: number
  /** Encoding the state; `save` and, of what is `exclusive`, `close` included. */
  readonly serialiseMs: number
  /** Passing through hops, where no step leads straight to the new version. */
  readonly passMs: number
  readonly deserialiseMs: number
  readonly codeChangeMs: number
  /** Proving that the new state is data. */
  readonly verifyMs: number
  /** Opening what the new version has beside its state. */
  readonly openMs: number
  /** Travel between the threads: the rest of the pause. */
  readonly travelMs: number
  /** Waiting, ready, for the other processes that are upgraded together. */
  readonly waitMs: number
}

/** Moments (ms on the clock that all threads share) and lengths (ms) of one hand-over. */
export interface HandOverTimes {
  readonly requestedAt: number
  readonly stoppedAt: number
  readonly serialiseMs: number
  readonly passMs: number
  readonly deserialiseMs: number
  readonly codeChangeMs: number
  readonly verifyMs: number
  readonly openMs: number
  readonly readyAt: number
  /** When it was allowed to serve. */
  readonly resumedAt: number
}

/** How long a process stood still, in ms, and the parts of that time. */
export function pauseOf(times: HandOverTimes): { pauseMs: number; parts: PauseParts } {
  const { requestedAt, stoppedAt, readyAt, resumedAt } = times
  const { serialiseMs, passMs, deserialiseMs, codeChangeMs, verifyMs, openMs } = times
  const waitMs = resumedAt - readyAt
  const pauseMs = resumedAt - stoppedAt
  const atWorkMs = serialiseMs + passMs + deserialiseMs + codeChangeMs + verifyMs + openMs
  const suspendMs = Math.max(0, stoppedAt - requestedAt)
  const travelMs = Math.max(0, pauseMs - atWorkMs - waitMs)
  return {
    pauseMs,
    parts: {
      suspendMs,
      serialiseMs,
      passMs,
      deserialiseMs,
      codeChangeMs,
      verifyMs,
      openMs,
      travelMs,
      waitMs,
    },
  }
}
