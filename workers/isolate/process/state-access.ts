/** The state of a process. */
export interface StateAccess {
  current(): unknown
  /** The same with what must move put into it. @throws MoultError `SAVE_FAILED` */
  saved(): unknown
}
