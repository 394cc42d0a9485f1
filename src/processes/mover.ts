/** Who moves a process. */
export interface Mover {
  /** It is to be stopped, and not moved unless it is on its way already. */
  onStop(): void
}
