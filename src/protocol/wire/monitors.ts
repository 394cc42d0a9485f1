/** A handler wants to be told of the end of a process: main sends its own process the cast. */
export interface SetMonitor {
  readonly type: 'monitor'
  readonly slot: number
  /** Its name. One of the same name is replaced. */
  readonly monitor: string
  /** Name or id of the process whose end is to be told. */
  readonly process: string
  readonly cast: string
  /** Whether restarts are told, too. */
  readonly restarts: boolean
}

/** A handler ends a monitor of its process. */
export interface EndMonitor {
  readonly type: 'demonitor'
  readonly slot: number
  readonly monitor: string
}
