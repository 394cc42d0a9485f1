/** How the state of a process becomes the state of the next version. */
export interface Migration {
  readonly from: string
  readonly to: string
  /** `codeChange` runs it in the new version, `downgrade` ran in the old one, `unchanged` is nothing to run. */
  readonly by: 'codeChange' | 'downgrade' | 'unchanged'
  /** Whether it runs record by record, so that tables can be sent ahead. `unchanged` can always be. */
  readonly byRecord?: boolean
  readonly extra: unknown
}

/** How a state was taken over. */
export interface EntryTimes {
  /** When it was ready to handle, ms on the clock that all threads share. */
  readonly readyAt: number
  readonly deserialiseMs: number
  readonly codeChangeMs: number
  readonly verifyMs: number
}
