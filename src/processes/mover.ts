/** Who moves a process: is told what others want of it while it stands still, or is about to. */
export interface Mover {
  /** A handler of another process asks it for this. */
  onCall(answer: Promise<unknown>): void
  /** It is to be stopped, and not moved unless it is on its way already. */
  onStop(): void
}
