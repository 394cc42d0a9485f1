/** How often the state of a process is copied to main, so that a crash does not take it. At least one is given. */
export interface CheckpointRule {
  /** A copy behind so many messages. With 1 no message is lost whose reply has been given. */
  readonly everyMessages?: number | undefined
  /** A copy so many ms behind the first message that has changed something since the last one. */
  readonly everyMs?: number | undefined
  /**
   * How many messages behind the last copy are kept, to be replayed after a crash where the definition names them as
   * `replayable`. Default 1,000. Those that come when so many are kept are not replayed.
   */
  readonly log?: number | undefined
}
