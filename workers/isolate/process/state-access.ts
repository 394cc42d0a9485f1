/** The state of a process. */
export interface StateAccess {
  readonly current: () => unknown
  /** The same with what must move put into it. @throws MoultError `SAVE_FAILED` */
  readonly saved: () => unknown
}
